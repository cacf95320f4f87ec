#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- finding ---- */

bool fm_program_suricata(char *out)
{
    const char *named = getenv("SURICATA"), *path = getenv("PATH");

    if (named != NULL && named[0] != '\0') {
        int len = snprintf(out, FM_CLI_PATH, "%s", named);
        return len < FM_CLI_PATH && access(out, X_OK) == 0;
    }
    for (; path != NULL && *path != '\0'; path += *path == ':') {
        int folder = (int)strcspn(path, ":");
        int len = snprintf(out, FM_CLI_PATH, "%.*s/suricata", folder, path);
        if (len < FM_CLI_PATH && access(out, X_OK) == 0)
            return true;
        path += folder;
    }
    return false;
}

bool fm_program_module(const char *file, char *out)
{
    char own[FM_CLI_PATH];
    ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *slash = NULL;

    if (len > 0) {
        own[len] = '\0';
        slash = strrchr(own, '/');
    }
    if (slash != NULL) {
        *slash = '\0';
        if (fm_folder_path(out, own, file) && access(out, R_OK) == 0)
            return true;
    }
    return fm_folder_path(out, FM_PLUGIN_DIR, file) && access(out, R_OK) == 0;
}

/* ---- running ---- */

/* In the child: never returns. */
static void become(char *const argv[], int out)
{
    int null = open("/dev/null", O_RDONLY);

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    setenv("TZ", "UTC", 1);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(argv[0], argv);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static size_t read_all(int from, char *out, size_t cap)
{
    char rest[4096];
    size_t used = 0;
    ssize_t got;

    do {
        got = used + 1 < cap ? read(from, out + used, cap - 1 - used)
                             : read(from, rest, sizeof(rest));
        if (got > 0 && used + 1 < cap)
            used += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    out[used] = '\0';
    return used;
}

int fm_program_ask(char *const argv[], char *out, size_t cap)
{
    int ends[2], status;

    out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        become(argv, ends[1]);
    close(ends[1]);
    if (pid > 0)
        read_all(ends[0], out, cap);
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

bool fm_program_version(const char *path, char *out, size_t cap)
{
    char said[512];
    char *const argv[] = { (char *)path, "-V", NULL };
    const char *at;

    fm_program_ask(argv, said, sizeof(said));
    at = strstr(said, "version ");
    if (at == NULL)
        return false;
    at += strlen("version ");
    snprintf(out, cap, "%.*s", (int)strcspn(at, " \n"), at);
    return out[0] != '\0';
}

pid_t fm_program_start(char *const argv[], const char *log)
{
    int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    pid_t pid = -1;

    if (out < 0)
        return -1;
    pid = fork();
    if (pid == 0)
        become(argv, out);
    close(out);
    return pid;
}
