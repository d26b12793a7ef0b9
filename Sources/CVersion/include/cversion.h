#ifndef CVERSION_H
#define CVERSION_H

/// The commit of this program, such as `99784ea` or `99784ea-dirty`; empty if the build did not name it.
const char *cversion_commit(void);

#endif
