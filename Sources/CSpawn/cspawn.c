// In the .c file only: a public header that defines it makes the C modules of a package disagree about each other.
#define _GNU_SOURCE

#include "cspawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

// Headers older than the running kernel lack these numbers, which are the same on every architecture.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define WAIT_FOR_PIDFD ((idtype_t)3)

static int result_or_error(long result) {
    return result < 0 ? -errno : (int)result;
}

// The child's data.
struct start {
    // The account to change to, if it is another one.
    const struct cspawn_account *account;
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    int output;
    int error;
    rlim_t descriptors;
    // The errno of the failed call.
    volatile int failure;
};

// The child shares the memory of its suspended parent, so it makes bare system calls only: library functions, and a
// sanitizer's instrumentation of them, would change the state that the parent's thread finds afterwards.
#define IN_CHILD __attribute__((noinline, no_sanitize("thread", "address", "undefined")))

// A signal's disposition in the kernel's form; all zeros is the default, on every architecture.
static const uint64_t default_disposition[4];
static const uint64_t no_signals;

IN_CHILD static long reset_signals(void) {
    // KILL and STOP cannot be set, but always have the default.
    for (int number = 1; number <= 64; number++) {
        syscall(SYS_rt_sigaction, number, default_disposition, NULL, sizeof no_signals);
    }
    return syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, NULL, sizeof no_signals);
}

IN_CHILD static long redirect(const struct start *start) {
    long input = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);
    if (input < 0) return -1;
    if (input != STDIN_FILENO && syscall(SYS_dup3, (int)input, STDIN_FILENO, 0) < 0) return -1;
    if (syscall(SYS_dup3, start->output, STDOUT_FILENO, 0) < 0) return -1;
    return syscall(SYS_dup3, start->error, STDERR_FILENO, 0);
}

// Our own descriptors close themselves; this is for libraries that do not request it.
IN_CHILD static void close_others(void) {
    if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == 0) return;
    // Before Linux 5.9.
    struct rlimit limit;
    if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0) return;
    for (rlim_t descriptor = STDERR_FILENO + 1; descriptor < limit.rlim_cur; descriptor++) {
        syscall(SYS_close, (int)descriptor);
    }
}

IN_CHILD static void limit_descriptors(rlim_t soft) {
    struct rlimit limit;
    if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0) return;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}

// Changes to the account irrevocably: all three ids change, and all capabilities go with them.
IN_CHILD static long become(const struct cspawn_account *account) {
    if (!account) return 0;
    if (syscall(SYS_setgroups, (size_t)account->group_count, account->groups) < 0) return -1;
    if (syscall(SYS_setresgid, account->group, account->group, account->group) < 0) return -1;
    return syscall(SYS_setresuid, account->user, account->user, account->user);
}

IN_CHILD static int become_program(void *argument) {
    struct start *start = argument;
    // The account may not be allowed to enter the directory.
    if (syscall(SYS_setsid) >= 0 && redirect(start) >= 0 && become(start->account) >= 0
        && syscall(SYS_chdir, start->directory) >= 0) {
        close_others();
        limit_descriptors(start->descriptors);
        if (reset_signals() >= 0) syscall(SYS_execve, start->path, start->arguments, start->environment);
    }
    start->failure = errno;
    syscall(SYS_exit, 127);
    return 127;
}

// The name of glibc's `clone` that sanitizers do not replace: theirs takes the child for a copy of the whole program.
extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

pid_t cspawn_start(
    const struct cspawn_account *account, const char *path, char *const arguments[], char *const environment[],
    const char *directory, int output, int error, uint64_t descriptors
) {
    struct start start = {account, path, arguments, environment, directory, output, error, descriptors, 0};
    _Alignas(16) char stack[32768];
    sigset_t all, before;
    // No handler of ours may run in the child.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = __clone(become_program, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
    int failure = pid < 0 ? errno : start.failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failure) return pid;
    if (pid > 0) waitpid(pid, NULL, 0);
    return -failure;
}

uint64_t cspawn_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 1024 : limit.rlim_cur;
}

void cspawn_keep_exit_statuses(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) != 0) return;
    if (action.sa_handler != SIG_IGN && !(action.sa_flags & SA_NOCLDWAIT)) return;
    if (action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
    action.sa_flags &= ~SA_NOCLDWAIT;
    sigaction(SIGCHLD, &action, NULL);
}

int cspawn_pidfd_open(pid_t pid) {
    return result_or_error(syscall(SYS_pidfd_open, pid, 0));
}

int cspawn_pidfd_signal(int pidfd, int signal) {
    return result_or_error(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

bool cspawn_pidfd_has_exited(int pidfd) {
    struct pollfd entry = {.fd = pidfd, .events = POLLIN};
    return poll(&entry, 1, 0) > 0;
}

int cspawn_reap(int pidfd, struct cspawn_end *end) {
    siginfo_t info = {0};
    if (waitid(WAIT_FOR_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0) return -errno;
    if (info.si_pid == 0) return -EAGAIN;
    end->signaled = info.si_code != CLD_EXITED;
    end->status = info.si_status;
    return 0;
}

int cspawn_session_members(pid_t session, pid_t members[], int capacity) {
    DIR *processes = opendir("/proc");
    if (!processes) return -errno;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(processes));) {
        // One system call, where /proc/N/stat would take three and some parsing.
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == session || getsid(pid) != session) continue;
        if (count < capacity) members[count] = pid;
        count++;
    }
    closedir(processes);
    return count;
}

bool cspawn_is_id_in_use(pid_t id, int descriptor) {
    if (fcntl(descriptor, F_SETOWN, id) < 0) return errno != ESRCH;
    fcntl(descriptor, F_SETOWN, 0);
    return true;
}

int cspawn_epoll_create(void) {
    return result_or_error(epoll_create1(EPOLL_CLOEXEC));
}

int cspawn_epoll_add(int epoll, int descriptor, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
    return result_or_error(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event));
}

void cspawn_epoll_remove(int epoll, int descriptor) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

int cspawn_epoll_wait(int epoll, uint64_t tags[], int capacity) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, -1);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) tags[index] = events[index].data.u64;
    return count;
}

int cspawn_timer_create(void) {
    return result_or_error(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
}

int cspawn_timer_set(int timer, int64_t seconds, int64_t nanoseconds) {
    struct itimerspec time = {.it_value = {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    return result_or_error(timerfd_settime(timer, 0, &time, NULL));
}

void cspawn_timer_clear(int timer) {
    uint64_t expirations;
    ssize_t ignored = read(timer, &expirations, sizeof expirations);
    (void)ignored;
}
