# The person-years of peer_person_years.py with R data.table: one way of counting, one process.
#
#     Rscript tests/benchmarks/peer_person_years.R WAY FOLDER
#
# WAY: "explode" (a row per day) or "sweep" (starts and ends sorted once). FOLDER holds spells.csv, the job rows of the
# persons in people.csv, and days.csv. Reading them is not counted: data.table reads no Parquet. Prints one line of JSON.

suppressPackageStartupMessages(library(data.table))
FULL_TIME <- 10000

given <- commandArgs(trailingOnly = TRUE)
way <- given[1]
read <- function(name) fread(file.path(given[2], name))
delivered <- read("spells.csv")
people <- read("people.csv")
days <- read("days.csv")[order(day)]

clipped <- function() {
  spells <- unique(delivered)[people, on = "person_id", nomatch = NULL]
  spells[, last := fcoalesce(end_date + 1L, counts_until)]
  spells[, `:=`(
    start = as.integer(pmax(start_date, counts_from) - days$date[1]),
    stop = as.integer(pmin(last, counts_until) - days$date[1]),
    position = round(fcoalesce(as.numeric(position_pct), 0) * 100)
  )]
  spells[start < stop, .(person_id, start, stop, position)]
}

explode <- function(spells) {
  at <- rep(seq_len(nrow(spells)), spells$stop - spells$start)
  held <- spells[at, .(person_id, day = start + rowid(at) - 1L, position)]
  daily <- held[, .(position = sum(position)), by = .(person_id, day)]
  counted <- diff(c(days$work, days$work[nrow(days)]))
  daily[, `:=`(amount = pmin(position, FULL_TIME) * counted[day + 1L], year = days$year[day + 1L])]
  daily[, .(amount = sum(amount)), by = .(person_id, year)]
}

sweep_events <- function(spells) {
  first <- days[, .(new_year = day[1]), by = year]
  crossed <- spells[first, on = .(start < new_year, stop > new_year), nomatch = NULL, allow.cartesian = TRUE,
                    .(person_id = x.person_id, day = i.new_year, position = 0, jobs = 0L)]
  events <- rbind(
    spells[, .(person_id, day = start, position, jobs = 1L)],
    spells[, .(person_id, day = stop, position = -position, jobs = -1L)],
    crossed
  )
  setorder(events, person_id, day)
  # a person's changes add up to nothing, so that the sums need no start of their own
  events[, `:=`(level = cumsum(position), held = cumsum(jobs), until = shift(day, type = "lead"))]
  kept <- events[held > 0L & until > day]
  kept[, amount := pmin(level, FULL_TIME) * (days$work[until + 1L] - days$work[day + 1L])]
  kept[, .(amount = sum(amount)), by = .(person_id, year = days$year[day + 1L])]
}

started <- proc.time()
spells <- clipped()
found <- switch(way, explode = explode(spells), sweep = sweep_events(spells))
taken <- proc.time() - started
status <- if (file.exists("/proc/self/status")) readLines("/proc/self/status") else character()
peak <- sum(as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE)))) / 1024
cat(sprintf('{"rows": %d, "amount": %.0f, "cpu": %.4f, "wall": %.4f, "memory": %.1f}\n',
            nrow(found), sum(found$amount), taken[["user.self"]] + taken[["sys.self"]], taken[["elapsed"]], peak))
