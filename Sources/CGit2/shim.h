#include <git2.h>

/* Swift cannot call functions with a variable number of arguments. */
static inline int clusterrunner_git_trust_certificates(const char *file) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL);
}
