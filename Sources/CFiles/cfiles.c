// In the .c file only: a public header that defines it makes the C modules of a package disagree about each other.
#define _GNU_SOURCE

#include "cfiles.h"

#include <fcntl.h>
#include <sys/stat.h>

uint64_t cfiles_mount(int descriptor) {
#ifdef STATX_MNT_ID
    struct statx status;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 && (status.stx_mask & STATX_MNT_ID)) {
        return status.stx_mnt_id;
    }
#endif
    return 0;
}
