/* help.c: the help texts of options_parse.h: what the rows say, and what stands around it. */
#include "plan/options_parse.h"
#include "plan/options_rows.h"

#include <string.h>

static void print_overview(FILE *out)
{
    const struct option_table *table = &options_table;
    for (size_t i = 0; i < table->command_count; i++) {
        fprintf(out, "%s looplag %s %-*s%s\n", i == 0 ? "usage:" : "      ",
                table->commands[i].name, (int)(27 - strlen(table->commands[i].name)),
                options_commands[i].usage, table->commands[i].summary);
    }
    fputs("       looplag help [COMMAND]\n"
          "       looplag --version\n"
          "\n"
          "How much do your large requests hurt your small ones? looplag sends several\n"
          "classes of traffic at once and measures each from its planned send time.\n"
          "\n"
          "exit status: 0 ok, 1 the run failed, 2 usage, 97 something differs (diff\n"
          "--exit-code), 98 not trustworthy (the client was late: send lag p99 over 10 %\n"
          "of a class's median and the machine's own lateness; or it was out of ports),\n"
          "99 an objective was not met or cannot be told, 130 interrupted (what was\n"
          "measured is printed and saved)\n",
          out);
}

void options_print_help(enum command topic, FILE *out)
{
    for (size_t i = 0; i < options_table.command_count; i++) {
        const struct options_command *command = &options_commands[i];
        if (command->command != topic)
            continue;
        fprintf(out, "usage: looplag %s %s\n\n%s", options_table.commands[i].name, command->usage,
                command->about);
        option_print_help(&options_table, 1U << topic, out);
        fputs(command->footer, out);
        return;
    }
    print_overview(out);
}

void options_print_rows(FILE *out)
{
    option_print_rows(&options_table, out);
}
