#define _GNU_SOURCE
#include "runner/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/process.h"
#include "runner/shortfall.h"

/* A hook's git, for one, leaves these behind: they name its repository, not that of the folder. */
static const char *const repository_variables[] = {
    "GIT_DIR",    "GIT_WORK_TREE",  "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE",  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
};
/* A make that runs vbench leaves these: they tell the child's make of a server of jobs that is not
 * its own. */
static const char *const make_variables[] = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"};

enum { OUTPUT, ERRORS, FAILURE, PIPE_COUNT };
enum { READ_END, WRITE_END, FIRST_FREE = 3, TAIL_MAX = 512 };

typedef struct {
    pid_t pid;
    int pipes[PIPE_COUNT][2]; /* -1: closed */
    int log;                  /* -1: none */
    char *output;
    size_t output_bytes;
    size_t output_filled;
    char tails[FAILURE][TAIL_MAX]; /* the last bytes of each stream */
} running;

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* With ends above the three that the child wants for itself: those may be free. */
static int open_pipe(int ends[2])
{
    int made[2];
    if (pipe2(made, O_CLOEXEC) != 0)
        return -errno;
    int status = 0;
    for (int i = 0; i < 2; i++) {
        ends[i] = status == 0 ? fcntl(made[i], F_DUPFD_CLOEXEC, FIRST_FREE) : -1;
        if (ends[i] < 0 && status == 0)
            status = -errno;
    }
    close(made[READ_END]);
    close(made[WRITE_END]);
    return status;
}

static void unset_all(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        unsetenv(names[i]);
}

/* In the child. It comes back only with an errno. */
static int become(char *const arguments[], const vb_command_options *options,
                  const running *command, pid_t parent)
{
    setsid();
    vb_process_become_helper(parent);
    unset_all(make_variables, sizeof make_variables / sizeof *make_variables);
    if (options->without_repository)
        unset_all(repository_variables, sizeof repository_variables / sizeof *repository_variables);
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return errno;
    if (null > STDERR_FILENO)
        close(null);
    if (!options->show && (dup2(command->pipes[OUTPUT][WRITE_END], STDOUT_FILENO) < 0 ||
                           dup2(command->pipes[ERRORS][WRITE_END], STDERR_FILENO) < 0))
        return errno;
    if (options->folder && chdir(options->folder) != 0)
        return errno;
    execvp(arguments[0], arguments);
    return errno;
}

/* 0 or -errno: also where the program cannot be executed. */
static int start(char *const arguments[], const vb_command_options *options, running *command)
{
    int status = 0;
    for (int i = 0; i < PIPE_COUNT && status == 0; i++)
        status = open_pipe(command->pipes[i]);
    if (status == 0 && options->log) {
        command->log = open(options->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        status = command->log < 0 ? -errno : 0;
    }
    pid_t parent = getpid();
    command->pid = status == 0 ? fork() : -1;
    if (command->pid < 0) {
        status = status ? status : -errno;
        vb_shortfall_note(-status);
        return status;
    }
    if (command->pid == 0) {
        int error = become(arguments, options, command, parent);
        ssize_t written = write(command->pipes[FAILURE][WRITE_END], &error, sizeof error);
        (void)written;
        _exit(127);
    }
    for (int i = 0; i < PIPE_COUNT; i++)
        close_end(&command->pipes[i][WRITE_END]);
    int error = 0;
    ssize_t got;
    do { /* the pipe closes by itself when exec succeeds */
        got = read(command->pipes[FAILURE][READ_END], &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof error ? -error : 0;
}

/* Keeps what one stream said. */
static void keep(running *command, int stream, const char *bytes, size_t count)
{
    if (stream == OUTPUT && command->output) {
        size_t room = command->output_bytes - command->output_filled - 1;
        size_t taken = count < room ? count : room;
        memcpy(command->output + command->output_filled, bytes, taken);
        command->output_filled += taken;
        command->output[command->output_filled] = '\0';
    }
    char *tail = command->tails[stream];
    size_t added = count < TAIL_MAX - 1 ? count : TAIL_MAX - 1;
    size_t before = strnlen(tail, TAIL_MAX - 1);
    size_t dropped = before + added > TAIL_MAX - 1 ? before + added - (TAIL_MAX - 1) : 0;
    memmove(tail, tail + dropped, before - dropped);
    memcpy(tail + before - dropped, bytes + count - added, added);
    tail[before - dropped + added] = '\0';
    for (ssize_t written; command->log >= 0 && count > 0; bytes += written, count -= written) {
        written = write(command->log, bytes, count);
        if (written < 0 && errno == EINTR)
            written = 0;
        if (written < 0)
            close_end(&command->log); /* a full disk will be noticed where it matters */
        if (written < 0)
            break;
    }
}

/* Reads once from a stream that has something, or is at its end. */
static void read_stream(running *command, int stream)
{
    char bytes[16384];
    ssize_t got = read(command->pipes[stream][READ_END], bytes, sizeof bytes);
    if (got > 0)
        keep(command, stream, bytes, (size_t)got);
    else if (got == 0 || errno != EINTR)
        close_end(&command->pipes[stream][READ_END]);
}

/* Whether it is over; its pipes may still be open in a process that it left behind. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

/* Listens until it is over, or until an interrupt if that may end it. */
static void listen_to(running *command, bool to_the_end)
{
    enum { WAIT_MS = 100, WAIT_SILENT_MS = 2 };
    uint64_t told_ns = 0;
    const uint64_t grace_ns = 1000000000;
    for (;;) {
        struct pollfd polled[FAILURE];
        bool open = false;
        for (int i = 0; i < FAILURE; i++) {
            polled[i] = (struct pollfd){.fd = command->pipes[i][READ_END], .events = POLLIN};
            open = open || polled[i].fd >= 0;
        }
        int ready = vb_process_poll(polled, FAILURE, open ? WAIT_MS : WAIT_SILENT_MS);
        for (int i = 0; i < FAILURE && ready > 0; i++) {
            if (polled[i].revents)
                read_stream(command, i);
        }
        bool broken = ready < 0 && ready != -EINTR;
        if (broken || (ready == 0 && has_ended(command->pid)))
            return;
        /* First politely, so that it removes what it had begun. */
        int interrupt = to_the_end ? 0 : vb_process_interrupted();
        if (interrupt && told_ns == 0) {
            told_ns = vb_process_now_ns();
            kill(-command->pid, interrupt);
        } else if (interrupt && vb_process_now_ns() - told_ns > grace_ns) {
            return;
        }
    }
}

/* Ends what is left of it. Its wait status. */
static int end(running *command)
{
    int status = -1;
    kill(-command->pid, SIGKILL); /* to the dead it does nothing */
    while (waitpid(command->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* The last two lines that say something: of a linker's, the last one alone says nothing. */
static char *last_words(char *tail)
{
    size_t length = strlen(tail);
    while (length > 0 && strchr(" \n\r\t", tail[length - 1]))
        tail[--length] = '\0';
    char *line = strrchr(tail, '\n');
    if (!line)
        return tail;
    char *before = memrchr(tail, '\n', (size_t)(line - tail));
    return before ? before + 1 : tail;
}

static int say_end(const char *program, int wait_status, running *command, vb_message *message)
{
    if (!WIFEXITED(wait_status))
        return vb_say(message, "%s did not end by itself: %s", program,
                      WIFSIGNALED(wait_status) ? strsignal(WTERMSIG(wait_status))
                                               : "it was lost out of sight");
    int code = WEXITSTATUS(wait_status);
    char *words = last_words(command->tails[ERRORS]);
    if (!*words)
        words = last_words(command->tails[OUTPUT]);
    if (code != 0)
        vb_say(message, "%s ended with exit code %d%s%s", program, code, *words ? ": " : "", words);
    return code;
}

int vb_command_run(char *const arguments[], const vb_command_options *options, char *output,
                   size_t output_bytes, vb_message *message)
{
    static const vb_command_options none;
    options = options ? options : &none;
    running command = {.pipes = {{-1, -1}, {-1, -1}, {-1, -1}},
                       .log = -1,
                       .output = output_bytes > 0 ? output : NULL,
                       .output_bytes = output_bytes};
    if (command.output)
        output[0] = '\0';
    int status = 0;
    if (vb_process_interrupted() && !options->to_the_end)
        status = -EINTR;
    else
        status = start(arguments, options, &command);
    if (status == -EINTR)
        vb_say(message, "%s was not started: an interrupt came", arguments[0]);
    else if (status != 0)
        vb_say(message, "%s cannot be started: %s", arguments[0], strerror(-status));
    if (command.pid > 0) {
        if (status == 0)
            listen_to(&command, options->to_the_end);
        int ended = end(&command);
        if (status == 0)
            status = say_end(arguments[0], ended, &command, message);
        if (status != 0 && vb_process_interrupted() && !options->to_the_end)
            status = -EINTR;
    }
    for (int i = 0; i < PIPE_COUNT; i++) {
        close_end(&command.pipes[i][READ_END]);
        close_end(&command.pipes[i][WRITE_END]);
    }
    close_end(&command.log);
    return status;
}
