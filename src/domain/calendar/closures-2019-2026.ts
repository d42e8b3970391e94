/**
 * The weekdays of 2019–2026 on which the KRX held, or will hold, no session. Substitutes reach the national days since 2021,
 * Buddha's Birthday and Christmas since 2023; Constitution Day is a holiday again since 2026. Dates after 2026-03
 * follow the published calendar; an extraordinary closure (an election, a day of mourning) is added here.
 *
 * One line a closure: date, reason. Weekends are closed without being listed.
 */
export const CLOSURES_2019_2026 = `
2019-01-01 New Year's Day
2019-02-04 Lunar New Year
2019-02-05 Lunar New Year
2019-02-06 Lunar New Year
2019-03-01 Independence Movement Day
2019-05-01 Labour Day
2019-05-06 Children's Day, substitute
2019-06-06 Memorial Day
2019-08-15 Liberation Day
2019-09-12 Chuseok
2019-09-13 Chuseok
2019-10-03 National Foundation Day
2019-10-09 Hangul Day
2019-12-25 Christmas Day
2019-12-31 Year-end closing
2020-01-01 New Year's Day
2020-01-24 Lunar New Year
2020-01-27 Lunar New Year, substitute
2020-04-15 National Assembly election
2020-04-30 Buddha's Birthday
2020-05-01 Labour Day
2020-05-05 Children's Day
2020-08-17 Temporary public holiday
2020-09-30 Chuseok
2020-10-01 Chuseok
2020-10-02 Chuseok
2020-10-09 Hangul Day
2020-12-25 Christmas Day
2020-12-31 Year-end closing
2021-01-01 New Year's Day
2021-02-11 Lunar New Year
2021-02-12 Lunar New Year
2021-03-01 Independence Movement Day
2021-05-05 Children's Day
2021-05-19 Buddha's Birthday
2021-08-16 Liberation Day, substitute
2021-09-20 Chuseok
2021-09-21 Chuseok
2021-09-22 Chuseok
2021-10-04 National Foundation Day, substitute
2021-10-11 Hangul Day, substitute
2021-12-31 Year-end closing
2022-01-31 Lunar New Year
2022-02-01 Lunar New Year
2022-02-02 Lunar New Year
2022-03-01 Independence Movement Day
2022-03-09 Presidential election
2022-05-05 Children's Day
2022-06-01 Local elections
2022-06-06 Memorial Day
2022-08-15 Liberation Day
2022-09-09 Chuseok
2022-09-12 Chuseok, substitute
2022-10-03 National Foundation Day
2022-10-10 Hangul Day, substitute
2022-12-30 Year-end closing
2023-01-23 Lunar New Year
2023-01-24 Lunar New Year, substitute
2023-03-01 Independence Movement Day
2023-05-01 Labour Day
2023-05-05 Children's Day
2023-05-29 Buddha's Birthday, substitute
2023-06-06 Memorial Day
2023-08-15 Liberation Day
2023-09-28 Chuseok
2023-09-29 Chuseok
2023-10-02 Temporary public holiday
2023-10-03 National Foundation Day
2023-10-09 Hangul Day
2023-12-25 Christmas Day
2023-12-29 Year-end closing
2024-01-01 New Year's Day
2024-02-09 Lunar New Year
2024-02-12 Lunar New Year, substitute
2024-03-01 Independence Movement Day
2024-04-10 National Assembly election
2024-05-01 Labour Day
2024-05-06 Children's Day, substitute
2024-05-15 Buddha's Birthday
2024-06-06 Memorial Day
2024-08-15 Liberation Day
2024-09-16 Chuseok
2024-09-17 Chuseok
2024-09-18 Chuseok
2024-10-01 Armed Forces Day, temporary public holiday
2024-10-03 National Foundation Day
2024-10-09 Hangul Day
2024-12-25 Christmas Day
2024-12-31 Year-end closing
2025-01-01 New Year's Day
2025-01-27 Temporary public holiday
2025-01-28 Lunar New Year
2025-01-29 Lunar New Year
2025-01-30 Lunar New Year
2025-03-03 Independence Movement Day, substitute
2025-05-01 Labour Day
2025-05-05 Children's Day and Buddha's Birthday
2025-05-06 Children's Day, substitute
2025-06-03 Presidential election
2025-06-06 Memorial Day
2025-08-15 Liberation Day
2025-10-03 National Foundation Day
2025-10-06 Chuseok
2025-10-07 Chuseok
2025-10-08 Chuseok, substitute
2025-10-09 Hangul Day
2025-12-25 Christmas Day
2025-12-31 Year-end closing
2026-01-01 New Year's Day
2026-02-16 Lunar New Year
2026-02-17 Lunar New Year
2026-02-18 Lunar New Year
2026-03-02 Independence Movement Day, substitute
2026-05-01 Labour Day
2026-05-05 Children's Day
2026-05-25 Buddha's Birthday, substitute
2026-06-03 Local elections
2026-07-17 Constitution Day
2026-08-17 Liberation Day, substitute
2026-09-24 Chuseok
2026-09-25 Chuseok
2026-10-05 National Foundation Day, substitute
2026-10-09 Hangul Day
2026-12-25 Christmas Day
2026-12-31 Year-end closing
`
