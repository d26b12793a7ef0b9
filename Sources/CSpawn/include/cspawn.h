// The Linux calls that the Swift overlay of glibc lacks, each as a plain function.
//
// Functions that can fail return a negative errno, so that no caller depends on `errno` surviving until it is read.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// The account that runs a program.
struct cspawn_account {
    uid_t user;
    gid_t group;
    // All its groups.
    const gid_t *groups;
    int group_count;
};

// Starts a program in a new session, with default signal dispositions, an empty signal mask, /dev/null as standard
// input, and no other descriptors than the two given, which must be above 2. The soft limit of open descriptors is
// reset, because this program may have raised its own.
//
// With an account it runs for that user, which enters the directory; only root can do that. posix_spawn can neither
// change users nor set limits. Returns the process's id, or a negative errno.
pid_t cspawn_start(
    const struct cspawn_account *account, const char *path, char *const arguments[], char *const environment[],
    const char *directory, int output, int error, uint64_t descriptors
);

// The soft limit of open descriptors of this process.
uint64_t cspawn_descriptor_limit(void);

// The end of a process, reported by cspawn_reap.
struct cspawn_end {
    // Whether a signal ended it.
    bool signaled;
    // The exit code, or the signal's number.
    int status;
};

// Keeps the exit statuses of children until they are read, even if this program's parent ignores SIGCHLD.
void cspawn_keep_exit_statuses(void);

// Opens a descriptor of a process, which becomes readable when it exits.
int cspawn_pidfd_open(pid_t pid);

// Sends a signal to the process of a descriptor.
int cspawn_pidfd_signal(int pidfd, int signal);

// Whether the process of a descriptor has exited.
bool cspawn_pidfd_has_exited(int pidfd);

// Takes the exit status of a child that has exited; -EAGAIN when it has not.
int cspawn_reap(int pidfd, struct cspawn_end *end);

// Fills `members` with the processes of a session, and returns their number, which may exceed `capacity`.
//
// The session's leader itself is left out.
int cspawn_session_members(pid_t session, pid_t members[], int capacity);

// Protects the memory, the environment and the descriptors of this process from other processes of its user: no
// debugger, no core dump, and /proc/PID belongs to root. Programs that it starts are not affected.
int cspawn_forbid_inspection(void);

// Makes orphans among the descendants of this process its own children.
int cspawn_adopt_orphans(void);

// Opens the list of the children of this process's first thread: the orphans, and the thread's own children.
//
// A system without CONFIG_PROC_CHILDREN has no such list.
int cspawn_open_children(void);

// Reads the list again and returns the number of stored children.
int cspawn_read_children(int descriptor, pid_t children[], int capacity);

// An entry of the process table.
struct cspawn_process {
    pid_t pid;
    pid_t parent;
    pid_t group;
    pid_t session;
    // The start time in clock ticks since boot.
    uint64_t start;
    // Whether it only waits for its parent to read its exit status.
    bool has_exited;
    // The name of its program, which the program may have changed.
    char name[64];
};

// Looks one process up.
int cspawn_process_of(pid_t pid, struct cspawn_process *process);

// Fills `processes` with the process table, and returns their number, which may exceed `capacity`.
int cspawn_all_processes(struct cspawn_process processes[], int capacity);

// Stores a variable of a process's initial environment and returns its length; -ENOENT without that variable, -EACCES
// when the process belongs to another user.
int cspawn_variable(pid_t pid, const char *name, char value[], int capacity);

// Takes the exit status of a child that has exited.
bool cspawn_reap_orphan(pid_t pid);

// Whether the number is the current id of a process, of a process group or of a session.
//
// `descriptor` is any open file; its SIGIO owner is set and unset again.
bool cspawn_is_id_in_use(pid_t id, int descriptor);

// An epoll instance, whose entries carry a tag and become ready when readable.
int cspawn_epoll_create(void);
int cspawn_epoll_add(int epoll, int descriptor, uint64_t tag);
void cspawn_epoll_remove(int epoll, int descriptor);
// Waits for ready entries and returns the number of stored tags.
int cspawn_epoll_wait(int epoll, uint64_t tags[], int capacity);

// A timer of the monotonic clock.
int cspawn_timer_create(void);
// Makes it ready once after a time, which must not be zero.
int cspawn_timer_set(int timer, int64_t seconds, int64_t nanoseconds);
// Makes it unready again.
void cspawn_timer_clear(int timer);
