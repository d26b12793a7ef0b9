#ifndef CFILES_H
#define CFILES_H

#include <stdbool.h>
#include <stdint.h>

/// The number of the mount that an open file belongs to, or 0 where the kernel does not tell it.
///
/// Device numbers are not enough: a bind mount has the one of the file system that it shows.
uint64_t cfiles_mount(int descriptor);

/// Has this thread of a process of root work on files with the rights of a user, and read all files with `reads_all`.
///
/// Returns an `errno`, or 0. `cfiles_drop_rights` must follow in any case.
int cfiles_take_rights(uint32_t user, uint32_t group, const uint32_t groups[], int count, bool reads_all);

/// Gives this thread the rights of its process again, with the groups that it had.
void cfiles_drop_rights(const uint32_t groups[], int count);

#endif
