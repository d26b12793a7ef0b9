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

#include <errno.h>
#include <git2/sys/filter.h>
#include <git2/sys/stream.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/*
 * A connection as libgit2 makes it itself. The library's ssh looks into it, so the fields are those of its own
 * `git_socket_stream`.
 */
struct clusterrunner_git_socket {
    git_stream parent;
    char *host;
    char *port;
    int descriptor;
};

static int clusterrunner_git_socket_connect(git_stream *stream) {
    struct clusterrunner_git_socket *own = (struct clusterrunner_git_socket *)stream;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *list = NULL, *next;
    int code = getaddrinfo(own->host, own->port, &hints, &list);
    if (code != 0) {
        git_error_set_str(GIT_ERROR_NET, gai_strerror(code));
        return -1;
    }
    for (next = list; next && own->descriptor < 0; next = next->ai_next) {
        int descriptor = socket(next->ai_family, next->ai_socktype | SOCK_CLOEXEC, next->ai_protocol);
        if (descriptor >= 0 && connect(descriptor, next->ai_addr, next->ai_addrlen) == 0) own->descriptor = descriptor;
        else if (descriptor >= 0) {
            code = errno;
            close(descriptor);
        } else code = errno;
    }
    freeaddrinfo(list);
    if (own->descriptor >= 0) return 0;
    git_error_set_str(GIT_ERROR_NET, code ? strerror(code) : "the host has no address");
    return -1;
}

static ssize_t clusterrunner_git_socket_write(git_stream *stream, const char *bytes, size_t size, int flags) {
    ssize_t count;
    do count = send(((struct clusterrunner_git_socket *)stream)->descriptor, bytes, size, flags | MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    if (count < 0) git_error_set_str(GIT_ERROR_NET, strerror(errno));
    return count;
}

static ssize_t clusterrunner_git_socket_read(git_stream *stream, void *bytes, size_t size) {
    ssize_t count;
    do count = recv(((struct clusterrunner_git_socket *)stream)->descriptor, bytes, size, 0);
    while (count < 0 && errno == EINTR);
    if (count < 0) git_error_set_str(GIT_ERROR_NET, strerror(errno));
    return count;
}

static int clusterrunner_git_socket_close(git_stream *stream) {
    struct clusterrunner_git_socket *own = (struct clusterrunner_git_socket *)stream;
    if (own->descriptor >= 0) close(own->descriptor);
    own->descriptor = -1;
    return 0;
}

static void clusterrunner_git_socket_free(git_stream *stream) {
    struct clusterrunner_git_socket *own = (struct clusterrunner_git_socket *)stream;
    free(own->host);
    free(own->port);
    free(own);
}

/* Makes a connection that is not open yet. */
static inline int clusterrunner_git_make_socket(git_stream **out, const char *host, const char *port) {
    struct clusterrunner_git_socket *own = (struct clusterrunner_git_socket *)calloc(1, sizeof *own);
    if (!own) return -1;
    own->parent.version = GIT_STREAM_VERSION;
    own->parent.connect = clusterrunner_git_socket_connect;
    own->parent.read = clusterrunner_git_socket_read;
    own->parent.write = clusterrunner_git_socket_write;
    own->parent.close = clusterrunner_git_socket_close;
    own->parent.free = clusterrunner_git_socket_free;
    own->host = strdup(host);
    own->port = strdup(port);
    own->descriptor = -1;
    *out = &own->parent;
    return 0;
}

/* Lets the library make its connections, those below TLS included, by a function. */
static inline int clusterrunner_git_connect_by(int (*init)(git_stream **, const char *, const char *)) {
    git_stream_registration registration = {.version = GIT_STREAM_VERSION, .init = init};
    return git_stream_register(GIT_STREAM_STANDARD, &registration);
}
