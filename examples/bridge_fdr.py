#!/usr/bin/env python3
"""Pushes daily bars of FinanceDataReader or pykrx to a Kospigraph server, through the mutation ingestBars.

    python3 bridge_fdr.py --library fdr --symbol 005930 KS11=KOSPI --from 2020-01-02
    python3 bridge_fdr.py --library pykrx --symbol 005930 --close-basis REGULAR --volume-basis EXTENDED

It can be stopped and started again: it asks the server for the newest stored session of each symbol and goes on ten
sessions before it. It needs the library that it reads from, and otherwise the standard library only.
"""
import argparse
import datetime
import json
import math
import os
import sys
import time
import urllib.error
import urllib.request

MAX_CHUNK = 50_000
MAX_TRIES = 5
TIMEOUT_SECONDS = 120
# About ten sessions: late corrections, and enough closes to recognise an adjustment.
OVERLAP_DAYS = 16
BASES = ("REGULAR", "EXTENDED", "UNKNOWN")
ADJUSTMENTS = ("RAW", "SPLIT_ADJUSTED", "FULLY_ADJUSTED", "UNKNOWN")
COLUMNS = {
    "open": ("Open", "시가"),
    "high": ("High", "고가"),
    "low": ("Low", "저가"),
    "close": ("Close", "종가"),
    "volume": ("Volume", "거래량"),
}
KNOWN = "query ($symbol: ID!) { symbol(code: $symbol) { code } }"
NEWEST = "query ($symbol: ID!) { dataSummary(symbol: $symbol) { lastSession } }"
INGEST = """mutation ($input: IngestBarsInput!) {
  ingestBars(input: $input) { status stored corrected unchanged dropped rejected problems { session message } }
}"""


class BridgeError(Exception):
    """What went wrong, and the remedy."""


class Server:
    def __init__(self, url, token):
        self.url = url
        self.headers = {"content-type": "application/json"}
        if token:
            self.headers["authorization"] = "Bearer " + token

    def ask(self, query, variables):
        """Returns the data; what may pass is tried again, a bounded number of times."""
        body = json.dumps({"query": query, "variables": variables}, allow_nan=False).encode()
        for attempt in range(1, MAX_TRIES + 1):
            try:
                request = urllib.request.Request(self.url, body, self.headers)
                with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                    answer = json.load(response)
                break
            except urllib.error.HTTPError as error:
                detail = error.read(2000).decode("utf-8", "replace")
                if error.code == 401:
                    raise BridgeError("the server refuses the token; set API_TOKEN or --token") from None
                if error.code < 500 and error.code != 429:
                    raise BridgeError(f"the server answers {error.code}: {detail}") from None
                failure = f"the server answers {error.code}"
            except ValueError:
                raise BridgeError(f"{self.url} does not answer as Kospigraph does; check --url") from None
            except OSError as error:
                failure = f"{self.url} cannot be reached: {getattr(error, 'reason', error)}"
            if attempt == MAX_TRIES:
                raise BridgeError(f"{failure}, {MAX_TRIES} times; start the server or check --url")
            time.sleep(min(2 ** (attempt - 1), 8) * RETRY_SECONDS)
        if answer.get("errors"):
            raise BridgeError("the server refuses: " + "; ".join(one["message"] for one in answer["errors"]))
        return answer["data"]


RETRY_SECONDS = float(os.environ.get("BRIDGE_RETRY_SECONDS", "1"))


def newest_session(server, symbol):
    """The newest stored session, or None for a symbol without bars."""
    if server.ask(KNOWN, {"symbol": symbol})["symbol"] is None:
        return None
    return server.ask(NEWEST, {"symbol": symbol})["dataSummary"]["lastSession"]


def read_frame(library, ticker, start, end):
    try:
        if library == "fdr":
            import FinanceDataReader

            return FinanceDataReader.DataReader(ticker, start, end)
        from pykrx import stock

        compact = (start.replace("-", ""), end.replace("-", ""))
        if ticker.isdigit() and len(ticker) == 4:
            return stock.get_index_ohlcv_by_date(*compact, ticker)
        # Prices as traded; adjusted ones would come with adjusted=True.
        return stock.get_market_ohlcv_by_date(*compact, ticker, adjusted=False)
    except ImportError as error:
        package = "finance-datareader" if library == "fdr" else "pykrx"
        raise BridgeError(f"{error}; install it with: pip install {package}") from None
    except Exception as error:  # a library may raise anything where its source has changed
        raise BridgeError(f"{library} cannot read {ticker}: {type(error).__name__}: {error}") from error


def rows_of(frame, ticker, skip_invalid):
    """Bars of a frame. Days without any price are left out, and counted; a price that is missing is an error."""
    names = {}
    for field, spellings in COLUMNS.items():
        name = next((one for one in spellings if one in frame.columns), None)
        if name is None:
            have = ", ".join(str(one) for one in frame.columns)
            raise BridgeError(f"{ticker}: the frame has no column {spellings[0]}; it has {have}")
        names[field] = [plain(value) for value in frame[name]]
    rows, empty, broken = [], 0, []
    for at, day in enumerate(frame.index):
        row = {"session": str(day)[:10]}
        row.update((field, values[at]) for field, values in names.items())
        if all(row[field] is None for field in ("open", "high", "low", "close")):
            empty += 1
        elif any(row[field] is None for field in COLUMNS):
            broken.append(row["session"])
        else:
            rows.append(row)
    if empty:
        print(f"{ticker}: {empty} days without prices left out", file=sys.stderr)
    if broken and not skip_invalid:
        raise BridgeError(f"{ticker}: {broken[0]} lacks a value; --skip-invalid leaves such days out ({len(broken)})")
    if broken:
        print(f"{ticker}: {len(broken)} days that lack a value left out, {broken[0]} first", file=sys.stderr)
    return rows


def plain(value):
    """A number of Python, or None; never rounded."""
    number = value.item() if hasattr(value, "item") else value
    if number is None or (isinstance(number, float) and not math.isfinite(number)):
        return None
    if isinstance(number, float) and number.is_integer():
        return int(number)
    return number


def push(server, args, ticker, symbol):
    newest = newest_session(server, symbol)
    start = args.start
    if newest and not args.full:
        start = max(start, str(datetime.date.fromisoformat(newest) - datetime.timedelta(days=OVERLAP_DAYS)))
    rows = rows_of(read_frame(args.library, ticker, start, args.end), ticker, args.skip_invalid)
    print(f"{symbol}: {len(rows)} rows from {start}", file=sys.stderr)
    for first in range(0, len(rows), args.chunk):
        given = {"symbol": symbol, "bars": rows[first : first + args.chunk]}
        given.update(client=f"bridge_fdr {args.library}", onInvalid="SKIP" if args.skip_invalid else "FAIL")
        given["acceptAdjustments"] = args.accept_adjustments
        stated = {"closeBasis": args.close_basis, "volumeBasis": args.volume_basis, "adjustment": args.adjustment}
        given.update((name, value) for name, value in stated.items() if value)
        result = server.ask(INGEST, {"input": given})["ingestBars"]
        counts = ", ".join(f"{result[name]} {name}" for name in ("stored", "corrected", "unchanged", "dropped", "rejected"))
        print(f"{symbol}: {result['status']}: {counts}")
        if result["status"] == "REJECTED":
            first_problem = (result["problems"] or [{"session": "", "message": "no reason"}])[0]
            raise BridgeError(f"{symbol}: {first_problem['session']}: {first_problem['message']}")


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:4000/graphql", help="address of the server")
    parser.add_argument("--token", default=os.environ.get("API_TOKEN"), help="bearer token (default: API_TOKEN)")
    parser.add_argument("--library", choices=("fdr", "pykrx"), default="fdr")
    parser.add_argument(
        "--symbol", nargs="+", required=True, metavar="TICKER[=CODE]", help="the library's ticker, and the code here"
    )
    parser.add_argument("--from", dest="start", default="2000-01-04", type=a_date, help="first date (YYYY-MM-DD)")
    parser.add_argument("--to", dest="end", default=str(datetime.date.today()), type=a_date, help="last date")
    parser.add_argument("--full", action="store_true", help="from --from on, whatever is stored")
    parser.add_argument("--chunk", type=chunk_size, default=MAX_CHUNK, help=f"rows a request, at most {MAX_CHUNK}")
    parser.add_argument("--skip-invalid", action="store_true", help="store the other rows where one is invalid")
    parser.add_argument("--accept-adjustments", action="store_true", help="replace stored prices by adjusted ones")
    parser.add_argument("--close-basis", choices=BASES, help="hours that the closes cover")
    parser.add_argument("--volume-basis", choices=BASES, help="hours that the volumes cover")
    parser.add_argument("--adjustment", choices=ADJUSTMENTS, help="what the prices are adjusted for")
    return parser.parse_args(argv)


def a_date(text):
    return str(datetime.date.fromisoformat(text))


def chunk_size(text):
    size = int(text)
    if not 1 <= size <= MAX_CHUNK:
        raise argparse.ArgumentTypeError(f"must be 1 to {MAX_CHUNK}")
    return size


def main(argv=None):
    args = parse(argv)
    server = Server(args.url, args.token)
    try:
        for one in args.symbol:
            ticker, _, symbol = one.partition("=")
            push(server, args, ticker, symbol or ticker)
    except BridgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; start it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
