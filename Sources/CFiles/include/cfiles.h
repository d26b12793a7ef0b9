#ifndef CFILES_H
#define CFILES_H

#include <stdint.h>

/// The number of the mount that an open file belongs to, or 0 where the kernel does not tell it.
///
/// Device numbers are not enough: a bind mount has the one of the file system that it shows.
uint64_t cfiles_mount(int descriptor);

#endif
