// In the .c file only: a public header that defines it makes the C modules of a package disagree about each other.
#define _GNU_SOURCE

#include "cspawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// posix_spawn can change no user.

// The program that is started, and why it could not be.
struct start {
    const struct cspawn_account *account;
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    int output, error;
    int failure;
};

// Becomes the account: irrevocably, as all three ids change, and with them all capabilities go.
//
// The library's functions would change the threads of the parent as well, whose memory this is.
static int become(const struct cspawn_account *account) {
    if (syscall(SYS_setgroups, (size_t)account->group_count, account->groups) != 0) return errno;
    if (syscall(SYS_setresgid, account->group, account->group, account->group) != 0) return errno;
    return syscall(SYS_setresuid, account->user, account->user, account->user) != 0 ? errno : 0;
}

static int redirect(const struct start *start) {
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0) return errno;
    if (dup2(start->output, STDOUT_FILENO) < 0 || dup2(start->error, STDERR_FILENO) < 0) return errno;
    // Our own descriptors close themselves; this is for those of libraries that do not ask for it.
    closefrom(STDERR_FILENO + 1);
    return 0;
}

// The life of the child, in the memory of its parent, up to the program.
static _Noreturn void begin(struct start *start) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    setsid();
    start->failure = redirect(start);
    if (!start->failure) start->failure = become(start->account);
    // As that user, who may not be allowed to enter it.
    if (!start->failure && chdir(start->directory) != 0) start->failure = errno;
    if (!start->failure) {
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(start->path, start->arguments, start->environment);
        start->failure = errno;
    }
    _exit(127);
}

pid_t cspawn_start_as(
    const struct cspawn_account *account, const char *path, char *const arguments[], char *const environment[],
    const char *directory, int output, int error
) {
    struct start start = {account, path, arguments, environment, directory, output, error, 0};
    // No handler of this program may run in the child, which shares its memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0) begin(&start);
    int failure = pid < 0 ? errno : start.failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && failure) waitpid(pid, NULL, 0);
    return failure ? -failure : pid;
}
