#include "cversion.h"

#ifndef CLUSTERRUNNER_COMMIT
#define CLUSTERRUNNER_COMMIT ""
#endif

const char *cversion_commit(void) { return CLUSTERRUNNER_COMMIT; }
