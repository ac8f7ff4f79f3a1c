/* machine.c: see machine.h. */
#include "machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

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
    machine->cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    struct sysinfo info;
    if (sysinfo(&info) == 0)
        machine->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
}
