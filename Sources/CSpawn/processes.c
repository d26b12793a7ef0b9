// In the .c file only: a public header that defines it makes the C modules of a package disagree about each other.
#define _GNU_SOURCE

#include "cspawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int cspawn_forbid_inspection(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int cspawn_adopt_orphans(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int cspawn_open_children(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int cspawn_read_children(int descriptor, pid_t children[], int capacity) {
    // Most of the time there is no orphan, and one call tells so.
    char text[4096];
    int count = 0;
    off_t offset = 0;
    pid_t number = 0;
    for (;;) {
        ssize_t size = pread(descriptor, text, sizeof text, offset);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return -errno;
        if (size == 0) return count;
        for (ssize_t index = 0; index < size; index++) {
            if (text[index] >= '0' && text[index] <= '9') {
                number = number * 10 + (text[index] - '0');
            } else if (number > 0) {
                if (count == capacity) return count;
                children[count++] = number;
                number = 0;
            }
        }
        offset += size;
    }
}

// Reads a whole small file of /proc and terminates it.
static ssize_t read_entry(pid_t pid, const char *name, char text[], size_t capacity) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    ssize_t size = read(descriptor, text, capacity - 1);
    int error = errno;
    close(descriptor);
    if (size < 0) return -error;
    text[size] = '\0';
    return size;
}

int cspawn_process_of(pid_t pid, struct cspawn_process *process) {
    char text[1024];
    ssize_t size = read_entry(pid, "stat", text, sizeof text);
    if (size < 0) return (int)size;
    // The name may contain spaces and parentheses.
    char *begin = strchr(text, '('), *end = strrchr(text, ')');
    if (!begin || !end || end < begin) return -EIO;
    char state = 0;
    int parent = 0, group = 0, session = 0;
    unsigned long long start = 0;
    int fields = sscanf(
        end + 1, " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state, &parent, &group,
        &session, &start
    );
    if (fields != 5) return -EIO;
    process->pid = pid;
    process->parent = parent;
    process->group = group;
    process->session = session;
    process->start = start;
    process->has_exited = state == 'Z' || state == 'X';
    size_t length = (size_t)(end - begin - 1);
    if (length >= sizeof process->name) length = sizeof process->name - 1;
    memcpy(process->name, begin + 1, length);
    process->name[length] = '\0';
    return 0;
}

int cspawn_all_processes(struct cspawn_process processes[], int capacity) {
    DIR *entries = opendir("/proc");
    if (!entries) return -errno;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(entries));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0) continue;
        struct cspawn_process process;
        if (cspawn_process_of(pid, &process) != 0) continue;
        if (count < capacity) processes[count] = process;
        count++;
    }
    closedir(entries);
    return count;
}

int cspawn_variable(pid_t pid, const char *name, char value[], int capacity) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    size_t length = strlen(name);
    // Entry by entry through a window, because an environment may have megabytes.
    char text[16384];
    size_t held = 0;
    bool skips = false;
    int result = -ENOENT;
    while (result == -ENOENT) {
        ssize_t size = read(descriptor, text + held, sizeof text - held);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) result = -errno;
        if (size <= 0) break;
        held += (size_t)size;
        size_t start = 0;
        for (char *end; (end = memchr(text + start, '\0', held - start)); start = (size_t)(end - text) + 1) {
            size_t entry = (size_t)(end - (text + start));
            bool matches = !skips && entry > length && text[start + length] == '=' && !memcmp(text + start, name, length);
            skips = false;
            if (!matches) continue;
            size_t count = entry - length - 1;
            if (count >= (size_t)capacity) count = (size_t)capacity - 1;
            memcpy(value, text + start + length + 1, count);
            value[count] = '\0';
            result = (int)count;
            break;
        }
        if (result != -ENOENT) break;
        held -= start;
        memmove(text, text + start, held);
        if (held == sizeof text) {
            // Longer than any value of ours.
            skips = true;
            held = 0;
        }
    }
    close(descriptor);
    return result;
}

bool cspawn_reap_orphan(pid_t pid) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == pid;
}
