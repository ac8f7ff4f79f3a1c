/*
 * clock.c: see clock.h. The calendar arithmetic is Howard Hinnant's
 * days_from_civil ("chrono-Compatible Low-Level Date Algorithms").
 */
#include "base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) ? 0 : (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_process_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_cpu_of_ns(pid_t pid)
{
    clockid_t clock;
    return clock_getcpuclockid(pid, &clock) ? 0 : read_clock(clock);
}

struct timespec clock_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

void clock_sleep_ns(int64_t ns)
{
    const struct timespec pause = clock_timespec(ns);
    nanosleep(&pause, NULL);
}

void clock_sleep_until_ns(int64_t until_ns)
{
    const struct timespec until = clock_timespec(until_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

void clock_format_rfc3339(int64_t wall_ns, char out[CLOCK_RFC3339_SIZE])
{
    time_t seconds = wall_ns / NS_PER_S;
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t used = strftime(out, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    unsigned micros = (unsigned)(wall_ns % NS_PER_S / NS_PER_US) % 1000000U;
    snprintf(out + used, CLOCK_RFC3339_SIZE - used, ".%06uZ", micros);
}

struct cursor {
    const char *at;
    const char *end;
};

static bool take_digits(struct cursor *in, int count, int low, int high, int *value)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        if (in->at == in->end || *in->at < '0' || *in->at > '9')
            return false;
        sum = sum * 10 + (*in->at++ - '0');
    }
    *value = sum;
    return sum >= low && sum <= high;
}

static bool take_any(struct cursor *in, const char *accepted, char *which)
{
    if (in->at == in->end)
        return false;
    for (; *accepted; accepted++) {
        if (*in->at == *accepted) {
            *which = *in->at++;
            return true;
        }
    }
    return false;
}

static bool take_fraction(struct cursor *in, int64_t *ns)
{
    char dot;
    *ns = 0;
    if (!take_any(in, ".", &dot))
        return true;
    int64_t unit = NS_PER_S;
    const char *first = in->at;
    for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
        unit /= 10;
        *ns += unit * (*in->at - '0');
    }
    return in->at > first;
}

static bool take_offset(struct cursor *in, int64_t *seconds)
{
    char sign;
    char colon;
    int hours;
    int minutes;
    if (!take_any(in, "Zz+-", &sign))
        return false;
    *seconds = 0;
    if (sign == 'Z' || sign == 'z')
        return true;
    if (!take_digits(in, 2, 0, 23, &hours) || !take_any(in, ":", &colon) ||
        !take_digits(in, 2, 0, 59, &minutes))
        return false;
    *seconds = (sign == '-' ? -1 : 1) * (hours * 3600L + minutes * 60L);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static int64_t days_from_civil(int year, int month, int day)
{
    year -= month <= 2;
    int era = year / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

int clock_parse_rfc3339(const char *text, size_t length, int64_t *wall_ns)
{
    struct cursor in = {text, text + length};
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int64_t fraction;
    int64_t offset;
    char mark;

    if (!take_digits(&in, 4, 1678, 2261, &year) || !take_any(&in, "-", &mark) ||
        !take_digits(&in, 2, 1, 12, &month) || !take_any(&in, "-", &mark) ||
        !take_digits(&in, 2, 1, days_in_month(year, month), &day) || !take_any(&in, "Tt ", &mark) ||
        !take_digits(&in, 2, 0, 23, &hour) || !take_any(&in, ":", &mark) ||
        !take_digits(&in, 2, 0, 59, &minute) || !take_any(&in, ":", &mark) ||
        !take_digits(&in, 2, 0, 60, &second) || !take_fraction(&in, &fraction) ||
        !take_offset(&in, &offset) || in.at != in.end)
        return -EINVAL;

    int64_t days = days_from_civil(year, month, day);
    int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
    *wall_ns = seconds * NS_PER_S + fraction;
    return 0;
}
