/**
 * The weekdays of 2009–2018 on which the KRX held no session. Hangul Day is a holiday since 2013; holidays
 * lost to a weekend have substitutes since 2014: around Lunar New Year and Chuseok, and for Children's Day.
 *
 * One line a closure: date, reason. Weekends are closed without being listed.
 */
export const CLOSURES_2009_2018 = `
2009-01-01 New Year's Day
2009-01-26 Lunar New Year
2009-01-27 Lunar New Year
2009-05-01 Labour Day
2009-05-05 Children's Day
2009-10-02 Chuseok
2009-12-25 Christmas Day
2009-12-31 Year-end closing
2010-01-01 New Year's Day
2010-02-15 Lunar New Year
2010-03-01 Independence Movement Day
2010-05-05 Children's Day
2010-05-21 Buddha's Birthday
2010-06-02 Local elections
2010-09-21 Chuseok
2010-09-22 Chuseok
2010-09-23 Chuseok
2010-12-31 Year-end closing
2011-02-02 Lunar New Year
2011-02-03 Lunar New Year
2011-02-04 Lunar New Year
2011-03-01 Independence Movement Day
2011-05-05 Children's Day
2011-05-10 Buddha's Birthday
2011-06-06 Memorial Day
2011-08-15 Liberation Day
2011-09-12 Chuseok
2011-09-13 Chuseok
2011-10-03 National Foundation Day
2011-12-30 Year-end closing
2012-01-23 Lunar New Year
2012-01-24 Lunar New Year
2012-03-01 Independence Movement Day
2012-04-11 National Assembly election
2012-05-01 Labour Day
2012-05-28 Buddha's Birthday
2012-06-06 Memorial Day
2012-08-15 Liberation Day
2012-10-01 Chuseok
2012-10-03 National Foundation Day
2012-12-19 Presidential election
2012-12-25 Christmas Day
2012-12-31 Year-end closing
2013-01-01 New Year's Day
2013-02-11 Lunar New Year
2013-03-01 Independence Movement Day
2013-05-01 Labour Day
2013-05-17 Buddha's Birthday
2013-06-06 Memorial Day
2013-08-15 Liberation Day
2013-09-18 Chuseok
2013-09-19 Chuseok
2013-09-20 Chuseok
2013-10-03 National Foundation Day
2013-10-09 Hangul Day
2013-12-25 Christmas Day
2013-12-31 Year-end closing
2014-01-01 New Year's Day
2014-01-30 Lunar New Year
2014-01-31 Lunar New Year
2014-05-01 Labour Day
2014-05-05 Children's Day
2014-05-06 Buddha's Birthday
2014-06-04 Local elections
2014-06-06 Memorial Day
2014-08-15 Liberation Day
2014-09-08 Chuseok
2014-09-09 Chuseok
2014-09-10 Chuseok, substitute
2014-10-03 National Foundation Day
2014-10-09 Hangul Day
2014-12-25 Christmas Day
2014-12-31 Year-end closing
2015-01-01 New Year's Day
2015-02-18 Lunar New Year
2015-02-19 Lunar New Year
2015-02-20 Lunar New Year
2015-05-01 Labour Day
2015-05-05 Children's Day
2015-05-25 Buddha's Birthday
2015-08-14 Temporary public holiday, 70 years of liberation
2015-09-28 Chuseok
2015-09-29 Chuseok, substitute
2015-10-09 Hangul Day
2015-12-25 Christmas Day
2015-12-31 Year-end closing
2016-01-01 New Year's Day
2016-02-08 Lunar New Year
2016-02-09 Lunar New Year
2016-02-10 Lunar New Year, substitute
2016-03-01 Independence Movement Day
2016-04-13 National Assembly election
2016-05-05 Children's Day
2016-05-06 Temporary public holiday
2016-06-06 Memorial Day
2016-08-15 Liberation Day
2016-09-14 Chuseok
2016-09-15 Chuseok
2016-09-16 Chuseok
2016-10-03 National Foundation Day
2016-12-30 Year-end closing
2017-01-27 Lunar New Year
2017-01-30 Lunar New Year, substitute
2017-03-01 Independence Movement Day
2017-05-01 Labour Day
2017-05-03 Buddha's Birthday
2017-05-05 Children's Day
2017-05-09 Presidential election
2017-06-06 Memorial Day
2017-08-15 Liberation Day
2017-10-02 Temporary public holiday
2017-10-03 National Foundation Day and Chuseok
2017-10-04 Chuseok
2017-10-05 Chuseok
2017-10-06 Chuseok, substitute
2017-10-09 Hangul Day
2017-12-25 Christmas Day
2017-12-29 Year-end closing
2018-01-01 New Year's Day
2018-02-15 Lunar New Year
2018-02-16 Lunar New Year
2018-03-01 Independence Movement Day
2018-05-01 Labour Day
2018-05-07 Children's Day, substitute
2018-05-22 Buddha's Birthday
2018-06-06 Memorial Day
2018-06-13 Local elections
2018-08-15 Liberation Day
2018-09-24 Chuseok
2018-09-25 Chuseok
2018-09-26 Chuseok, substitute
2018-10-03 National Foundation Day
2018-10-09 Hangul Day
2018-12-25 Christmas Day
2018-12-31 Year-end closing
`
