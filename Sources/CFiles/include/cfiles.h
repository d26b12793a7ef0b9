#ifndef CFILES_H
#define CFILES_H

#include <stdbool.h>
#include <stdint.h>

/// The number of the mount of an open file, or 0 on a kernel that does not tell it.
///
/// Device numbers are not enough: a bind mount has that of its source.
uint64_t cfiles_mount(int descriptor);

/// Gives this thread of a process of root the rights of a user, and of reading all files with `reads_all`.
///
/// Returns an `errno`, or 0. `cfiles_drop_rights` must follow in any case.
int cfiles_take_rights(uint32_t user, uint32_t group, const uint32_t groups[], int count, bool reads_all);

/// Gives this thread the rights of its process again, with its previous groups.
void cfiles_drop_rights(const uint32_t groups[], int count);

#endif
