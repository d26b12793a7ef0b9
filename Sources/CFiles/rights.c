// In the .c file only: a public header that defines it makes the C modules of a package disagree about each other.
#define _GNU_SOURCE

#include "cfiles.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

// The library's functions change all threads of a process; these calls change only the calling thread.

static int set_groups(const gid_t groups[], int count) {
    return syscall(SYS_setgroups, (size_t)count, groups) == 0 ? 0 : errno;
}

// Gives this thread the right to read everything, which it lost with the ids of root.
static int allow_reading(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) return errno;
    data[CAP_TO_INDEX(CAP_DAC_READ_SEARCH)].effective |= CAP_TO_MASK(CAP_DAC_READ_SEARCH);
    return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

int cfiles_take_rights(uint32_t user, uint32_t group, const uint32_t groups[], int count, bool reads_all) {
    int failure = set_groups(groups, count);
    if (failure) return failure;
    setfsgid(group);
    setfsuid(user);
    // They report no failure, but return the previous ids.
    if ((uint32_t)setfsgid((gid_t)-1) != group || (uint32_t)setfsuid((uid_t)-1) != user) return EPERM;
    return reads_all ? allow_reading() : 0;
}

void cfiles_drop_rights(const uint32_t groups[], int count) {
    setfsuid(geteuid());
    setfsgid(getegid());
    // A thread of the service with another user's rights would do harm wherever it is used next.
    if (set_groups(groups, count) != 0 || (uid_t)setfsuid((uid_t)-1) != geteuid()) abort();
}
