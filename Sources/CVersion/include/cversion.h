#ifndef CVERSION_H
#define CVERSION_H

/// The commit that this program was built from, such as `99784ea` or `99784ea-dirty`; empty when the build did not say.
const char *cversion_commit(void);

#endif
