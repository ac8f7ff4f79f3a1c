/* machine.c: see machine.h. */
#include "send/machine.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#define OTHER_FILES 64
/* What a connection keeps resident: handle, buffers and the kernel's part. All may take a quarter
 * of the memory. */
#define CONNECTION_BYTES (UINT64_C(64) << 10)
#define MEMORY_PARTS 4

/* Copies what follows `key` and a separator on the first such line of a file. */
static void read_line(const char *path, const char *key, char separator,
                      char out[MACHINE_TEXT_SIZE])
{
    snprintf(out, MACHINE_TEXT_SIZE, "unknown");
    FILE *file = fopen(path, "re");
    char line[512];
    while (file && fgets(line, sizeof line, file)) {
        char *value = strchr(line, separator);
        if (strncmp(line, key, strlen(key)) != 0 || !value)
            continue;
        value += 1 + strspn(value + 1, " \t\"");
        value[strcspn(value, "\"\n")] = '\0';
        snprintf(out, MACHINE_TEXT_SIZE, "%.*s", MACHINE_TEXT_SIZE - 1, value);
        break;
    }
    if (file)
        fclose(file);
}

void machine_describe(struct machine *machine)
{
    memset(machine, 0, sizeof *machine);
    read_line("/proc/cpuinfo", "model name", ':', machine->cpu);
    read_line("/etc/os-release", "PRETTY_NAME=", '=', machine->os);
    struct utsname names;
    if (uname(&names) == 0)
        snprintf(machine->kernel, MACHINE_TEXT_SIZE, "%.40s %.80s", names.sysname, names.release);
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    snprintf(machine->libcurl, MACHINE_TEXT_SIZE, "%.40s%s%.80s", curl->version,
             curl->ssl_version ? ", " : "", curl->ssl_version ? curl->ssl_version : "");
    machine->cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    struct sysinfo info;
    if (sysinfo(&info) == 0)
        machine->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
}

unsigned machine_connections_most(unsigned files_taken)
{
    struct rlimit files;
    struct sysinfo info;
    uint64_t most = UINT_MAX;
    uint64_t taken = OTHER_FILES + (uint64_t)files_taken;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        most = files.rlim_cur > taken ? files.rlim_cur - taken : 1;
    if (sysinfo(&info) == 0) {
        uint64_t by_memory =
            (uint64_t)info.totalram * info.mem_unit / MEMORY_PARTS / CONNECTION_BYTES;
        most = by_memory < most ? by_memory : most;
    }
    return most < UINT_MAX ? (unsigned)most : UINT_MAX;
}
