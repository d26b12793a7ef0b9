// In the .c file only: a public header that defines it makes the C modules of a package disagree about each other.
#define _GNU_SOURCE

#include "cspawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/epoll.h>
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
#define WAIT_FOR_PIDFD ((idtype_t)3)

static int result_or_error(long result) {
    return result < 0 ? -errno : (int)result;
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
    short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    return error ? error : posix_spawnattr_setflags(attributes, flags);
}

static int add_actions(posix_spawn_file_actions_t *actions, const char *directory, int output, int error_output) {
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    if (!error) error = posix_spawn_file_actions_adddup2(actions, error_output, STDERR_FILENO);
    // Our own descriptors close themselves; this is for those of libraries that do not ask for it.
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    return error ? error : posix_spawn_file_actions_addchdir_np(actions, directory);
}

pid_t cspawn_start(
    const char *path, char *const arguments[], char *const environment[], const char *directory, int output, int error
) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int failure = posix_spawnattr_init(&attributes);
    if (failure) return -failure;
    failure = posix_spawn_file_actions_init(&actions);
    if (!failure) {
        failure = set_attributes(&attributes);
        if (!failure) failure = add_actions(&actions, directory, output, error);
        if (!failure) failure = posix_spawn(&pid, path, &actions, &attributes, arguments, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return failure ? -failure : pid;
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
