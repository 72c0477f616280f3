#define _GNU_SOURCE
#include "runner/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "common/protocol.h"
#include "common/text.h"

static volatile sig_atomic_t interrupted_by;
static sigset_t mask_while_waiting; /* what was blocked before vb_process_catch_interrupts */

static void note_interrupt(int number)
{
    interrupted_by = number;
}

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};
enum { INTERRUPT_COUNT = sizeof interrupts / sizeof *interrupts };

void vb_process_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = note_interrupt};
    sigset_t blocked;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    for (int i = 0; i < INTERRUPT_COUNT; i++) {
        struct sigaction before;
        sigaction(interrupts[i], NULL, &before);
        if (before.sa_handler == SIG_IGN)
            continue; /* nohup stays in force */
        sigaction(interrupts[i], &action, NULL);
        sigaddset(&blocked, interrupts[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit of size is an error of write, no death */
    signal(SIGCHLD,
           SIG_DFL); /* ignored, as a parent may leave it, children could not be waited for */
    sigprocmask(SIG_BLOCK, &blocked, &mask_while_waiting);
}

int vb_process_interrupted(void)
{
    return interrupted_by;
}

uint64_t vb_process_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Google Benchmark takes flags from BENCHMARK_...: they are for programs run by hand. */
static void drop_environment_of_google_benchmark(void)
{
    static const char prefix[] = "BENCHMARK_";
    char **kept = environ;
    for (char **variable = environ; variable && *variable; variable++) {
        if (strncmp(*variable, prefix, sizeof prefix - 1) != 0)
            *kept++ = *variable;
    }
    if (kept)
        *kept = NULL;
}

/* In a child: the kernel kills it when the runner dies, however that comes. */
static void die_with(pid_t parent)
{
#if defined(__linux__)
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(127); /* the latter: the runner died before it took effect */
#else
    (void)parent;
#endif
}

/* In a child: what an exec would hand on. It forgets handlers by itself. */
static void restore_signals(void)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &mask_while_waiting, NULL);
}

/* In the child, between fork and exec: only async-signal-safe calls. `failure` reports an errno. */
static void become_child(const char *path, const char *argument, const char *preload, pid_t parent,
                         int socket, int output, int failure)
{
    setpgid(0, 0);
    die_with(parent);
    for (int i = 0; i < INTERRUPT_COUNT; i++)
        signal(interrupts[i], SIG_DFL);
    restore_signals();

    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0 || dup2(socket, VB_CHILD_SOCKET) < 0 ||
        fcntl(VB_CHILD_SOCKET, F_SETFD, 0) < 0)
        goto failed;
    char *const arguments[] = {(char *)path, (char *)argument, NULL};
    drop_environment_of_google_benchmark();
    if (preload && setenv("LD_PRELOAD", preload, 1) != 0)
        goto failed;
    execv(path, arguments);
failed:;
    int error = errno;
    ssize_t written = write(failure, &error, sizeof error);
    (void)written;
    _exit(127);
}

/* A descriptor above those that the child wants for itself. */
static int lift(int *fd)
{
    int lifted = fcntl(*fd, F_DUPFD_CLOEXEC, VB_CHILD_SOCKET + 1);
    if (lifted < 0)
        return -errno;
    close(*fd);
    *fd = lifted;
    return 0;
}

static void close_all(int *fds, int count)
{
    for (int i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}

int vb_process_start(vb_process *process, const char *path, const char *argument)
{
    return vb_process_start_preloaded(process, path, argument, NULL);
}

int vb_process_start_preloaded(vb_process *process, const char *path, const char *argument,
                               const char *preload)
{
    enum { OURS, CHILDS, OUTPUT_READ, OUTPUT_WRITE, FAILURE_READ, FAILURE_WRITE, FD_COUNT };
    int fds[FD_COUNT] = {-1, -1, -1, -1, -1, -1};
    memset(process, 0, sizeof *process);
    process->socket = process->output = -1;
    process->pending = malloc(VB_LINE_MAX);
    if (!process->pending)
        return -ENOMEM;

    int status = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, &fds[OURS]) != 0 ||
        pipe2(&fds[OUTPUT_READ], O_CLOEXEC) != 0 || pipe2(&fds[FAILURE_READ], O_CLOEXEC) != 0)
        status = -errno;
    for (int i = 0; i < FD_COUNT && status == 0; i++) {
        if (fds[i] <= VB_CHILD_SOCKET)
            status = lift(&fds[i]);
    }
    pid_t parent = getpid();
    pid_t child = status == 0 ? fork() : -1;
    if (child < 0) {
        status = status ? status : -errno;
        close_all(fds, FD_COUNT);
        free(process->pending);
        process->pending = NULL;
        return status;
    }
    if (child == 0)
        become_child(path, argument, preload, parent, fds[CHILDS], fds[OUTPUT_WRITE],
                     fds[FAILURE_WRITE]);

    setpgid(child, child); /* in both, so that it holds whichever runs first */
    close(fds[CHILDS]);
    close(fds[OUTPUT_WRITE]);
    close(fds[FAILURE_WRITE]);
    process->pid = child;
    process->socket = fds[OURS];
    process->output = fds[OUTPUT_READ];

    /* The pipe closes by itself when exec succeeds. */
    int error = 0;
    ssize_t got;
    do {
        got = read(fds[FAILURE_READ], &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    close(fds[FAILURE_READ]);
    if (got == 0 && fcntl(process->output, F_SETFL, O_NONBLOCK) != 0) {
        error = errno; /* draining it could block for ever */
        got = sizeof error;
    }
    if (got > 0) {
        vb_process_stop(process, 0);
        return -error;
    }
    return 0;
}

int vb_process_send(vb_process *process, const char *line)
{
    size_t left = strlen(line);
    while (left > 0) {
        ssize_t sent = send(process->socket, line, left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -errno;
        line += sent;
        left -= (size_t)sent;
    }
    return 0;
}

static void keep_last_words(vb_process *process, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            process->line_ended = true;
            continue;
        }
        if (process->line_ended) {
            process->last_words_bytes = 0;
            process->line_ended = false;
        }
        if (process->last_words_bytes + 1 < VB_LAST_WORDS_MAX) {
            process->last_words[process->last_words_bytes++] = bytes[i];
            process->last_words[process->last_words_bytes] = '\0';
        }
    }
}

/* Reads what is there, but comes back from a child that prints as fast as it is read. */
static void drain_output(vb_process *process)
{
    enum { READS_MAX = 64 };
    char bytes[4096];
    for (int reads = 0; process->output >= 0 && reads < READS_MAX; reads++) {
        ssize_t got = read(process->output, bytes, sizeof bytes);
        if (got > 0) {
            keep_last_words(process, bytes, (size_t)got);
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else {
            if (got == 0 || errno != EAGAIN) {
                close(process->output);
                process->output = -1;
            }
            return;
        }
    }
}

/* Takes a line out of the pending bytes: 1, 0 if none is whole yet, or -EILSEQ/-EMSGSIZE. */
static int take_line(vb_process *process, char *line, size_t line_bytes)
{
    char *newline = memchr(process->pending, '\n', process->pending_bytes);
    if (!newline)
        return process->pending_bytes == VB_LINE_MAX ? -EMSGSIZE : 0;
    size_t length = (size_t)(newline - process->pending);
    if (length >= line_bytes)
        return -EMSGSIZE;
    memcpy(line, process->pending, length);
    line[length] = '\0';
    process->pending_bytes -= length + 1;
    memmove(process->pending, newline + 1, process->pending_bytes);
    for (size_t i = 0; i < length; i++) {
        if (vb_is_control(line[i]) && line[i] != '\t')
            return -EILSEQ;
    }
    return 1;
}

/* One wait of the time that is left: short enough to look after the child in between. */
static struct timespec slice_of(uint64_t left_ns)
{
    enum { SLICE_NS = 200000000 };
    if (left_ns > SLICE_NS)
        left_ns = SLICE_NS;
    return (struct timespec){.tv_nsec = (long)left_ns};
}

/* Whether the child is gone although its stream is open: a process that it forked may hold it. */
static bool has_exited(const vb_process *process)
{
    siginfo_t info = {.si_pid = 0};
    return process->pid > 0 &&
           waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == process->pid;
}

int vb_process_read_line(vb_process *process, uint64_t timeout_ns, char *line, size_t line_bytes)
{
    const uint64_t begin = vb_process_now_ns();
    const uint64_t deadline = timeout_ns < UINT64_MAX - begin ? begin + timeout_ns : UINT64_MAX;
    for (;;) {
        int taken = take_line(process, line, line_bytes);
        if (taken != 0)
            return taken;
        uint64_t now = vb_process_now_ns();
        uint64_t left_ns = now < deadline ? deadline - now : 0;
        struct timespec left = slice_of(left_ns);
        struct pollfd polled[2] = {{.fd = process->socket, .events = POLLIN},
                                   {.fd = process->output, .events = POLLIN}};
        int ready = ppoll(polled, 2, &left, &mask_while_waiting);
        if (interrupted_by)
            return -EINTR;
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready == 0 && (left_ns == 0 || has_exited(process)))
            return left_ns == 0 ? -ETIMEDOUT : 0;
        if (ready <= 0)
            continue;
        if (polled[1].revents)
            drain_output(process);
        if (polled[0].revents) {
            ssize_t got = read(process->socket, process->pending + process->pending_bytes,
                               VB_LINE_MAX - process->pending_bytes);
            if (got == 0 || (got < 0 && errno == ECONNRESET))
                return 0;
            if (got < 0 && errno != EINTR)
                return -errno;
            if (got > 0)
                process->pending_bytes += (size_t)got;
        }
    }
}

int vb_process_stop(vb_process *process, uint64_t grace_ns)
{
    int status = -1;
    if (process->pid > 0) {
        const uint64_t deadline = vb_process_now_ns() + grace_ns;
        pid_t reaped = 0;
        while ((reaped = waitpid(process->pid, &status, WNOHANG)) == 0 &&
               vb_process_now_ns() < deadline && !interrupted_by) {
            drain_output(process); /* it must not block on a full pipe while it exits */
            nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
        }
        process->was_killed = reaped == 0;
        kill(-process->pid, SIGKILL); /* also what the child started */
        while (reaped == 0) {
            reaped = waitpid(process->pid, &status, 0);
            if (reaped < 0 && errno == EINTR)
                reaped = 0;
        }
        process->pid = 0;
    }
    if (process->output >= 0) {
        drain_output(process);
        if (process->output >= 0)
            close(process->output);
        process->output = -1;
    }
    if (process->socket >= 0)
        close(process->socket);
    process->socket = -1;
    free(process->pending);
    process->pending = NULL;
    return status;
}

void vb_process_become_helper(pid_t parent)
{
    die_with(parent);
    restore_signals();
}

void vb_process_drop_files(void)
{
#if defined(__linux__)
    close_range(STDERR_FILENO + 1, ~0u, 0); /* Linux before 5.9 cannot: a lock lasts a bit longer */
#endif
}

int vb_process_poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
    int ready = ppoll(polled, count, &timeout, &mask_while_waiting);
    return ready < 0 ? -errno : ready;
}

int vb_process_wait(pid_t child)
{
    enum { STEP_NS = 2000000, GRACE_STEPS = 100 };
    int status = -1;
    int waited = 0;
    pid_t reaped;
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, &mask_while_waiting, &blocked);
    while ((reaped = waitpid(child, &status, WNOHANG)) == 0 || (reaped < 0 && errno == EINTR)) {
        /* A terminal interrupts the child as well: a second signal would disturb its end. */
        if (interrupted_by && ++waited == GRACE_STEPS)
            kill(child, interrupted_by);
        nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
    }
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    return reaped == child ? status : -1;
}
