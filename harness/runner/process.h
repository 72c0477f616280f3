/*
 * A child process with a socket to it: start, talk in lines under a deadline, end it surely. The OS
 * part of the runner; knows no protocol. One thread only.
 *
 * A child has a process group of its own and dies with the runner. Its stdout and stderr are
 * drained while it is waited for, and the last line is kept: it often says why it died.
 */
#ifndef VBENCH_PROCESS_H
#define VBENCH_PROCESS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { VB_LAST_WORDS_MAX = 300 };

typedef struct {
    pid_t pid;     /* 0: none */
    int socket;    /* to the child's descriptor 3 */
    int output;    /* the child's stdout and stderr; -1 once at its end */
    char *pending; /* bytes read from the socket, not yet taken as lines */
    size_t pending_bytes;
    char last_words[VB_LAST_WORDS_MAX]; /* the last whole or unfinished line of output */
    size_t last_words_bytes;
    bool line_ended; /* the next byte of output starts a new line */
    bool was_killed; /* vb_process_stop had to kill it: its wait status says nothing of its own */
} vb_process;

enum { VB_CHILD_SOCKET = 3 };

/* Call once before the first start: from then on SIGINT, SIGTERM and SIGHUP are only noticed inside
 * vb_process_read_line, which then returns -EINTR, and vb_process_wait. */
void vb_process_catch_interrupts(void);
/* The signal that came, or 0. */
int vb_process_interrupted(void);

/* Starts `path` with one argument. 0 or -errno; -errno includes a file that cannot be executed. */
int vb_process_start(vb_process *process, const char *path, const char *argument);
/* The same, with LD_PRELOAD set to `preload` for the child alone; NULL: as it is. */
int vb_process_start_preloaded(vb_process *process, const char *path, const char *argument,
                               const char *preload);

/* Sends a whole line. 0 or -errno (-EPIPE: the child is gone). */
int vb_process_send(vb_process *process, const char *line);

/* Reads a line without its newline. Returns 1; 0 at the end of the stream; -ETIMEDOUT after
 * `timeout_ns`; -EINTR on a signal; -EMSGSIZE if a line does not fit; -EILSEQ if it holds a NUL or
 * another control character but tab; -errno otherwise. */
int vb_process_read_line(vb_process *process, uint64_t timeout_ns, char *line, size_t line_bytes);

/* Ends the child: waits up to `grace_ns` for it to exit by itself, then kills its process group.
 * Returns its wait status, or -1 if there is no child. NULL-safe fields; may be called twice. */
int vb_process_stop(vb_process *process, uint64_t grace_ns);

/* In a child that was forked without vb_process_start, before exec: signals as they were before
 * vb_process_catch_interrupts, so that Ctrl-C ends it, and it dies with `parent`, the runner. */
void vb_process_become_helper(pid_t parent);
/* In such a child that goes on without exec: lets go of the runner's files, all above the standard
 * ones, so that a lock is held no longer than the runner lives. */
void vb_process_drop_files(void);
/* poll during which an interrupt can come. How many are ready, or -errno. */
int vb_process_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
/* Waits for such a child; passes an interrupt on to it if it does not end by itself. Returns its
 * wait status, or -1 with errno if it cannot be waited for. */
int vb_process_wait(pid_t child);

/* A monotonic time in ns, for deadlines and progress. */
uint64_t vb_process_now_ns(void);

#endif
