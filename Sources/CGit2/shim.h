#include <git2.h>

/* Swift cannot call functions with a variable number of arguments. */
static inline int clusterrunner_git_trust_certificates(const char *file) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL);
}

/* Opens a descriptor of a process, which becomes readable when it exits; negative when that cannot be. */
#include <sys/syscall.h>
#include <unistd.h>
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
static inline int clusterrunner_git_pidfd_open(int pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Copies the next bytes of a file to another, without moving them through this process where the system can. */
static inline long clusterrunner_git_copy(int source, int target, unsigned long size) {
    return syscall(SYS_copy_file_range, source, (void *)0, target, (void *)0, size, 0);
}

/* Turns off the check that a repository belongs to this account, for the whole process. */
static inline int clusterrunner_git_trust_all_owners(void) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}
