/*
 * The booking protocol: two patients, two overlapping times of one doctor, one clerk of the clinic, one crash.
 *
 * Spin walks through all states of this file; `make model` does it here. What the code does in one commit is one
 * atomic step, what a MIS does with one request is one, and between any two steps everybody else may act. Names in
 * brackets say which code a step stands for; docs/model.md has the results and what follows from them.
 *
 * What is taken for granted:
 * - The MIS looks and writes under a lock of its own: it never writes a visit over a standing one.
 * - A call whose answer was lost is written within the settle time of that MIS, or never.
 * - The MIS can be asked for a visit by our reference, also for a cancelled one, and has a feed of its changes.
 *   Any question may go unanswered.
 * - The clerk who says how a visit stands in the MIS has just looked there.
 *
 * What is left out:
 * - The lock of the doctor's day, under which hold_slot looks and inserts: two looks may both find the time free
 *   here, so that the constraint alone has to hold. The lock stays in one place, where the feed inserts.
 * - Reserves in the MIS, cards of patients, requests written by hand, visits that the clerk moves, rooms, buffers,
 *   quotas. A patient who was refused does not come again; the other patient does.
 * - Hours. "The promised hour has passed" may come true at any look, and no sooner or later is known.
 *
 * Parts that can be taken away, each of which must let a harm through:
 *   NO_CONSTRAINT   the exclusion constraint is dropped           EQUAL_ONLY    it compares begins, not ranges
 *   NO_READBACK     a lost answer counts as "not written"         READS=1       one look is enough for "absent"
 *   NO_FENCE        a run that was overtaken writes all the same  GONE_UNSEEN   the MIS shows no cancelled visits
 *   HASTY_CLERK     a clerk may say "absent" before the settle time is over
 */

#define CLERK 2      /* whose visit it is: patient 0's, patient 1's, or one that the clerk made by phone */
#define NOBODY 3
#ifndef READS
#define READS 2      /* [ending.READS] */
#endif
#define ATTEMPTS 2   /* [ending.ATTEMPTS] has 4 */
#ifdef CALM          /* neither a patient nor the clerk cancels: a smaller walk, for the tests */
#define may_cancel false
#else
#define may_cancel true
#endif

mtype:state = { NO_ROW, HELD, EXPIRED, BOOKING, UNKNOWN, BOOKED, REJECTED, CANCELLING, CANCELLED };
mtype:record = { NOTHING, STANDS, GONE };
mtype:answer = { NONE, DONE, TAKEN, LOST, NOT_SENT, FOUND, FOUND_GONE, ABSENT, CANT_TELL };
/* When the last lost call can no longer be written: none was lost, not yet, it can't, that of an earlier call. */
mtype:ghost = { NO_GHOST, LIVE, OVER, OLD };

/* Our table: one appointment of each patient with its talk. RELEASED is counted as EXPIRED. */
typedef Visit {
    mtype:state state = NO_ROW;
    bit slot;
    bool overflow;      /* in a lane above 0, flagged mis_overlap */
    bool open;          /* a call has left whose answer nobody knows [Talk.is_open] */
    unsigned sent : 2;  /* attempts */
    unsigned reads : 2; /* absent_reads */
    mtype:ghost ghost = NO_GHOST;
    bool ref;           /* the MIS's id of the visit is known */
    bool asked;         /* a person was asked to look [needs_person_at] */
};
Visit visit[2];
bool clerk_row, clerk_overflow;   /* the clerk's visit, as the feed brought it into our table */
bool mirror_busy;                 /* the mirror of free time, as of the last sync */

/* The MIS: how each visit stands there, which calls are still on their way, what the feed has been acknowledged. */
mtype:record mis[3] = NOTHING;
bool late[2];
mtype:record heard[3] = NOTHING;

/* The run in progress. Runs are serial per doctor by the lock of their job, so that there is one. */
byte talking = NOBODY;
bool in_flight;   /* its call is on its way */
bool overtaken;   /* somebody else has carried the talk on since the run began: its fence is broken */

bool crashed;

#define waiting(p) (visit[p].state == BOOKING || visit[p].state == UNKNOWN)
#define unsettled(p) (waiting(p) || visit[p].state == CANCELLING)
#define active(p) (visit[p].state == HELD || unsettled(p) || visit[p].state == BOOKED)
#define overlap (visit[0].slot < visit[1].slot + 2 && visit[1].slot < visit[0].slot + 2)  /* each two units long */
#define mis_free (mis[0] != STANDS && mis[1] != STANDS && mis[CLERK] != STANDS)

#define in_lane_0(p) (active(p) && !visit[p].overflow)

/* The exclusion constraint: of active rows in the same lane [appointment_practitioner_free]. */
#if defined(NO_CONSTRAINT)
#define clashes(p) false
#elif defined(EQUAL_ONLY)
#define clashes(p) (in_lane_0(1 - p) && visit[0].slot == visit[1].slot || clerk_row && !clerk_overflow)
#else
#define clashes(p) (in_lane_0(1 - p) && overlap || clerk_row && !clerk_overflow)
#endif

/* Ends of a talk. What nobody reads any more is forgotten, for fewer states. */
inline forget_talk(p) { visit[p].open = false; visit[p].sent = 0; visit[p].reads = 0; visit[p].asked = false }
inline is_booked(p) { visit[p].state = BOOKED; forget_talk(p) }  /* a cancel may have to wait for its ghost */
inline is_free(p, how) {
    visit[p].state = how; forget_talk(p);
    visit[p].ghost = NO_GHOST; visit[p].ref = false; visit[p].overflow = false; visit[p].slot = 0
}

/* Whoever changes a talk beside its run breaks the run's fence [Talk.note, Talk.move]. */
inline overtake(p) {
#ifdef NO_FENCE
    skip
#else
    if :: talking == p -> overtaken = true :: else fi
#endif
}

/* A visit is written once, however often it is sent. */
inline mis_writes(p) { assert(mis[p] == NOTHING); mis[p] = STANDS }

/* The process dies, once in all runs; its jobs are begun anew by another. */
#define or_dies if :: !crashed -> crashed = true; goto over :: true fi

/* On the site: hold, confirm, cancel [holding, confirming, cancelling]. Each is one commit, but for the hold. */
proctype Patient(byte p) {
end:
    do
    :: atomic {
        (visit[p].state == NO_ROW || visit[p].state == EXPIRED) && !mirror_busy && !active(1 - p) && !clerk_row ->
        if :: visit[p].slot = 0 :: visit[p].slot = 1 fi
       }
       atomic { if :: clashes(p) -> visit[p].slot = 0 :: else -> visit[p].state = HELD fi }
    :: atomic { visit[p].state == HELD -> visit[p].state = BOOKING }
    :: atomic { may_cancel && visit[p].state == BOOKED -> visit[p].state = CANCELLING; overtake(p) }
    od
}

/* find_booking: as the visit stands at this moment, or no answer. */
inline find(p) {
    if
    :: mis[p] == NOTHING -> answer = ABSENT
    :: mis[p] == STANDS -> answer = FOUND
#ifdef GONE_UNSEEN
    :: mis[p] == GONE -> answer = ABSENT
#else
    :: mis[p] == GONE -> answer = FOUND_GONE
#endif
    :: answer = CANT_TELL
    fi
}

/* Past the promised hour [end_of_run]: a person is asked where a visit may stand, else the time is given up. */
#define may_ask if :: visit[p].asked = true :: true fi
#define may_give_up if :: is_free(p, REJECTED) :: true fi

/* The job of the talk [exchange.run]: a run reads the row, and whatever it writes is refused once overtaken. */
proctype Worker() {
    byte p;
    mtype:answer answer = NONE;
    bool asked;    /* as it was when the run began: the fence does not guard it */
    bool refused;  /* the MIS said "taken" after a lost call */
end:
    do
    :: atomic {
        if :: unsettled(0) -> p = 0 :: unsettled(1) -> p = 1 fi;
        talking = p; asked = visit[p].asked;
        if
        :: visit[p].state == CANCELLING -> goto cancel
        :: waiting(p) && !visit[p].open -> goto send
        :: waiting(p) && visit[p].open
        fi
       }

        /* A call is open: the visit is looked for before anything else [_read_back]. */
look:
#ifdef NO_READBACK
        atomic {
            if :: overtaken -> goto over :: else -> visit[p].state = UNKNOWN; visit[p].open = false fi;
            if :: refused -> is_free(p, REJECTED); goto over :: else fi
        }
#else
        atomic {
            if :: overtaken -> goto over :: else -> visit[p].state = UNKNOWN fi;
            if :: visit[p].ghost == NO_GHOST || visit[p].ghost == OLD -> visit[p].ghost = LIVE :: else fi;
            find(p)
        }
        atomic {
            if
            :: overtaken -> goto over
            :: !overtaken && answer == FOUND -> is_booked(p); visit[p].ref = true; goto over
            :: !overtaken && (answer == FOUND_GONE || answer == ABSENT && refused) -> is_free(p, REJECTED); goto over
            :: !overtaken && answer == ABSENT && !refused && visit[p].ghost == OVER ->
                visit[p].reads++;
                if :: visit[p].reads == READS -> visit[p].open = false; visit[p].reads = 0 :: else fi
            :: else
            fi;
            answer = NONE;
            if :: visit[p].open -> may_ask; goto over :: else fi;
            or_dies
        }
#endif

        /* That a call leaves is committed before it does [Talk.leaving]. */
send:   atomic {
            if
            :: overtaken -> goto over
            :: !overtaken && (visit[p].sent == ATTEMPTS || asked) -> is_free(p, REJECTED); goto over
            :: else
            fi;
            visit[p].open = true; visit[p].sent++; in_flight = true;
            if :: visit[p].ghost == OVER -> visit[p].ghost = OLD :: else fi;
            or_dies
        }
        atomic {
            if
            :: mis_free -> mis_writes(p); if :: answer = DONE :: answer = LOST fi
            :: !mis_free -> answer = TAKEN
            :: answer = NOT_SENT
            :: answer = LOST
            :: late[p] = true; answer = LOST
            fi;
            or_dies
        }
        /* The answer and what follows from it are one commit [_send]. One that comes too late leaves the id of the
           visit, or a visit that nobody wants any more, which is cancelled [keep_late_booking]. */
        atomic {
            in_flight = false;
            if
            :: overtaken ->
                if
                :: answer == DONE && (visit[p].state == BOOKED || visit[p].state == CANCELLING) -> visit[p].ref = true
                :: answer == DONE && visit[p].state == REJECTED -> mis[p] = GONE  /* by a hasty clerk alone */
                :: else
                fi
            :: !overtaken && answer == DONE -> is_booked(p); visit[p].ref = true
            :: !overtaken && answer == LOST -> visit[p].state = UNKNOWN; visit[p].ghost = LIVE; may_ask
            :: !overtaken && answer == NOT_SENT -> visit[p].open = false; visit[p].sent--; may_give_up
            :: !overtaken && answer == TAKEN && visit[p].ghost == NO_GHOST -> is_free(p, REJECTED)
            :: !overtaken && answer == TAKEN && visit[p].ghost != NO_GHOST ->
                refused = true; or_dies; goto look  /* perhaps by that very call */
            fi;
            goto over
        }

        /* Cancelling may be repeated: that it was cancelled already is success [free_visit]. */
cancel: atomic {
            if
            :: overtaken -> goto over
            :: !overtaken && !visit[p].ref -> visit[p].asked = true; goto over
            :: else
            fi;
            in_flight = true;
            if
            :: mis[p] = GONE; if :: answer = DONE :: answer = LOST fi
            :: answer = LOST
            fi;
            or_dies
        }
        atomic {
            if
            :: overtaken
            :: !overtaken && answer == DONE && visit[p].ghost != LIVE -> is_free(p, CANCELLED)
            :: else -> may_ask
            fi
        }

over:   atomic { talking = NOBODY; in_flight = false; overtaken = false; p = 0; asked = false; refused = false; answer = NONE }
    od
}

/* Sync: the feed, then free time [changes.follow, mirror.write]. A change is fetched, applied, acknowledged; of
   several changes of one visit the last is applied. A crash before the acknowledgement repeats it. */
proctype Sync() {
    byte whose;
    mtype:record news = NOTHING;
end:
    do
    :: atomic { mirror_busy == mis_free -> mirror_busy = !mis_free }
    :: atomic {
        if
        :: heard[0] != mis[0] -> whose = 0
        :: heard[1] != mis[1] -> whose = 1
        :: heard[CLERK] != mis[CLERK] -> whose = CLERK
        fi;
        news = mis[whose]
       }
        atomic {
            if
            :: whose == CLERK && news == STANDS && !clerk_row ->
                /* A hold loses to what the MIS did itself; over anything else it goes into an overflow lane. */
                if :: visit[0].state == HELD -> visit[0].state = EXPIRED :: else fi;
                if :: visit[1].state == HELD -> visit[1].state = EXPIRED :: else fi;
                clerk_row = true; clerk_overflow = active(0) || active(1)
            :: whose == CLERK && news == GONE -> clerk_row = false; clerk_overflow = false
            :: whose != CLERK && news == STANDS && waiting(whose) -> is_booked(whose); visit[whose].ref = true; overtake(whose)
            :: whose != CLERK && news == STANDS && visit[whose].state == REJECTED ->
                visit[whose].overflow = active(1 - whose) || clerk_row;
                is_booked(whose); visit[whose].ref = true
            /* A call may be on its way back with "booked": it is overtaken, and the next run reads back. */
            :: whose != CLERK && news == GONE && waiting(whose) -> overtake(whose)
            :: whose != CLERK && news == GONE && (visit[whose].state == BOOKED || visit[whose].state == CANCELLING) ->
                is_free(whose, CANCELLED); overtake(whose)
            :: else
            fi;
            or_dies;
            heard[whose] = news
        }
over:   atomic { whose = 0; news = NOTHING }
    od
}

/* The clerk books by phone into the MIS, cancels a visit there, and says how a visit stands that a person was asked
   about; "absent" is not taken while a lost call may still be written [verdict.decide]. */
#ifdef HASTY_CLERK
#define knows(p) true
#else
#define knows(p) (mis[p] == STANDS || !visit[p].open || visit[p].ghost == OVER)
#endif
#define decides(p) (visit[p].asked && (visit[p].state == CANCELLING || visit[p].state == UNKNOWN && knows(p)))

proctype Clerk() {
    byte whose;
    bool has_cancelled;
end:
    do
    :: atomic { mis[CLERK] == NOTHING && mis_free -> mis[CLERK] = STANDS }
    :: atomic {
        may_cancel && !has_cancelled && !mis_free ->
        if :: mis[0] == STANDS -> whose = 0 :: mis[1] == STANDS -> whose = 1 :: mis[CLERK] == STANDS -> whose = CLERK fi;
        mis[whose] = GONE; has_cancelled = true; whose = 0
       }
    :: atomic {
        if :: decides(0) -> whose = 0 :: decides(1) -> whose = 1 fi;
        if
        :: visit[whose].state == CANCELLING ->
            if :: mis[whose] == STANDS -> mis[whose] = GONE :: else fi;
            is_free(whose, CANCELLED)
        :: visit[whose].state == UNKNOWN && mis[whose] == STANDS -> is_booked(whose)
        :: visit[whose].state == UNKNOWN && mis[whose] != STANDS -> is_free(whose, REJECTED)
        fi;
        overtake(whose); whose = 0
       }
    od
}

/* What time does to a visit, and what happens by the clock without a MIS [tending]. */
proctype Clock(byte p) {
end:
    do
    :: atomic { visit[p].state == HELD -> visit[p].state = EXPIRED; visit[p].slot = 0 }
    :: atomic { late[p] -> late[p] = false; if :: mis_free -> mis_writes(p) :: else fi }
    :: atomic { visit[p].ghost == LIVE && !late[p] && !(talking == p && in_flight) -> visit[p].ghost = OVER }
    :: atomic { !visit[p].asked && (visit[p].state == CANCELLING || waiting(p) && visit[p].open) -> visit[p].asked = true }
    :: atomic { !visit[p].open && waiting(p) && !visit[p].asked -> is_free(p, REJECTED); overtake(p) }
    od
}

/* No double booking: here only an overflow lane, which staff see, lies over another; in the MIS nothing does. */
#define one_in_table !(in_lane_0(0) && in_lane_0(1) && overlap)
#define one_in_mis ((mis[0] == STANDS) + (mis[1] == STANDS) + (mis[CLERK] == STANDS) <= 1)
/* No lost booking: who reads "booked" has a visit in the MIS, unless its cancel is on its way by the feed. */
#define kept(p) (visit[p].state != BOOKED || mis[p] == STANDS || mis[p] == GONE && heard[p] != GONE)
/* One outcome: who reads "not booked" or "cancelled" has none there, and none comes. */
#define is_over(p) ((visit[p].state == REJECTED || visit[p].state == CANCELLED) && !(talking == p && in_flight))
#define no_trace(p) (!is_over(p) || mis[p] != STANDS && !late[p])

proctype Monitor() {
end:
    atomic {
        !(one_in_table && one_in_mis && kept(0) && kept(1) && no_trace(0) && no_trace(1)) ->
        assert(one_in_table);
        assert(one_in_mis);
        assert(kept(0) && kept(1));
        assert(no_trace(0) && no_trace(1))
    }
}

/* Each unknown resolves, and each cancel: whoever may act all the time acts at last (weak fairness). */
ltl resolves { [] (unsettled(0) -> <> !unsettled(0)) }

init {
    atomic {
        run Patient(0); run Patient(1); run Worker(); run Sync(); run Clerk(); run Clock(0); run Clock(1);
        run Monitor()
    }
}
