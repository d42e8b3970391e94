/**
 * The weekdays of 1999–2008 on which the KRX held no session. Arbor Day was a holiday until 2005 and
 * Constitution Day until 2007; the year ended with three closed days until 2000, with one since.
 *
 * One line a closure: date, reason. Weekends are closed without being listed.
 */
export const CLOSURES_1999_2008 = `
1999-01-01 New Year's Day
1999-02-15 Lunar New Year
1999-02-16 Lunar New Year
1999-02-17 Lunar New Year
1999-03-01 Independence Movement Day
1999-04-05 Arbor Day
1999-05-05 Children's Day
1999-09-23 Chuseok
1999-09-24 Chuseok
1999-12-29 Year-end closing
1999-12-30 Year-end closing
1999-12-31 Year-end closing
2000-01-03 Change to the year 2000
2000-02-04 Lunar New Year
2000-03-01 Independence Movement Day
2000-04-05 Arbor Day
2000-04-13 National Assembly election
2000-05-01 Labour Day
2000-05-05 Children's Day
2000-05-11 Buddha's Birthday
2000-06-06 Memorial Day
2000-07-17 Constitution Day
2000-08-15 Liberation Day
2000-09-11 Chuseok
2000-09-12 Chuseok
2000-09-13 Chuseok
2000-10-03 National Foundation Day
2000-12-25 Christmas Day
2000-12-27 Year-end closing
2000-12-28 Year-end closing
2000-12-29 Year-end closing
2001-01-01 New Year's Day
2001-01-23 Lunar New Year
2001-01-24 Lunar New Year
2001-01-25 Lunar New Year
2001-03-01 Independence Movement Day
2001-04-05 Arbor Day
2001-05-01 Labour Day and Buddha's Birthday
2001-06-06 Memorial Day
2001-07-17 Constitution Day
2001-08-15 Liberation Day
2001-10-01 Chuseok
2001-10-02 Chuseok
2001-10-03 National Foundation Day
2001-12-25 Christmas Day
2001-12-31 Year-end closing
2002-01-01 New Year's Day
2002-02-11 Lunar New Year
2002-02-12 Lunar New Year
2002-02-13 Lunar New Year
2002-03-01 Independence Movement Day
2002-04-05 Arbor Day
2002-05-01 Labour Day
2002-06-06 Memorial Day
2002-06-13 Local elections
2002-07-01 Temporary public holiday, football World Cup
2002-07-17 Constitution Day
2002-08-15 Liberation Day
2002-09-20 Chuseok
2002-10-03 National Foundation Day
2002-12-19 Presidential election
2002-12-25 Christmas Day
2002-12-31 Year-end closing
2003-01-01 New Year's Day
2003-01-31 Lunar New Year
2003-05-01 Labour Day
2003-05-05 Children's Day
2003-05-08 Buddha's Birthday
2003-06-06 Memorial Day
2003-07-17 Constitution Day
2003-08-15 Liberation Day
2003-09-10 Chuseok
2003-09-11 Chuseok
2003-09-12 Chuseok
2003-10-03 National Foundation Day
2003-12-25 Christmas Day
2003-12-31 Year-end closing
2004-01-01 New Year's Day
2004-01-21 Lunar New Year
2004-01-22 Lunar New Year
2004-01-23 Lunar New Year
2004-03-01 Independence Movement Day
2004-04-05 Arbor Day
2004-04-15 National Assembly election
2004-05-05 Children's Day
2004-05-26 Buddha's Birthday
2004-09-27 Chuseok
2004-09-28 Chuseok
2004-09-29 Chuseok
2004-12-31 Year-end closing
2005-02-08 Lunar New Year
2005-02-09 Lunar New Year
2005-02-10 Lunar New Year
2005-03-01 Independence Movement Day
2005-04-05 Arbor Day
2005-05-05 Children's Day
2005-06-06 Memorial Day
2005-08-15 Liberation Day
2005-09-19 Chuseok
2005-10-03 National Foundation Day
2005-12-30 Year-end closing
2006-01-30 Lunar New Year
2006-03-01 Independence Movement Day
2006-05-01 Labour Day
2006-05-05 Children's Day and Buddha's Birthday
2006-05-31 Local elections
2006-06-06 Memorial Day
2006-07-17 Constitution Day
2006-08-15 Liberation Day
2006-10-03 National Foundation Day
2006-10-05 Chuseok
2006-10-06 Chuseok
2006-12-25 Christmas Day
2006-12-29 Year-end closing
2007-01-01 New Year's Day
2007-02-19 Lunar New Year
2007-03-01 Independence Movement Day
2007-05-01 Labour Day
2007-05-24 Buddha's Birthday
2007-06-06 Memorial Day
2007-07-17 Constitution Day
2007-08-15 Liberation Day
2007-09-24 Chuseok
2007-09-25 Chuseok
2007-09-26 Chuseok
2007-10-03 National Foundation Day
2007-12-19 Presidential election
2007-12-25 Christmas Day
2007-12-31 Year-end closing
2008-01-01 New Year's Day
2008-02-06 Lunar New Year
2008-02-07 Lunar New Year
2008-02-08 Lunar New Year
2008-04-09 National Assembly election
2008-05-01 Labour Day
2008-05-05 Children's Day
2008-05-12 Buddha's Birthday
2008-06-06 Memorial Day
2008-08-15 Liberation Day
2008-09-15 Chuseok
2008-10-03 National Foundation Day
2008-12-25 Christmas Day
2008-12-31 Year-end closing
`
