/*
 * The protocol between the runner and a worker: lines of text over one socket, never stdout.
 *
 * The runner starts `SUITE --vbench-worker=FD`; the worker says hello and then answers one request
 * at a time. Every answer is zero or more data lines and then `end`, or a single `error TEXT`.
 * A name or text is always the last field of its line, so it may hold spaces.
 *
 *   worker at start: vbench-worker VERSION
 *                    info KEY TEXT                google_benchmark, compiler, c_library, sanitizer
 *                    end
 *   list:            case THREADS MAX_ITERATIONS TOLERANCE_PERCENT P99_LIMIT_NS CASE_BYTES NAME
 *                                                 the first CASE_BYTES of NAME are the table's
 *                    parameter VALUE NAME         of the case above
 *                    end
 *   pin CPU...:      end                          thread k runs on CPU k modulo the list
 *   allocations:     end                          blocks will tell them; before select, and only if
 *                                                 the process was started with the library that
 *                                                 counts them; `error` says why it cannot be done
 *   select NAME:     end                          runs setup; once a process
 *   block COUNT:     time REAL_NS CPU_NS          of the whole block; CPU time of one thread
 *                    items TOTAL                  all threads, whole block; left out if 0
 *                    bytes TOTAL                  the same
 *                    allocations COUNT BYTES      all threads, while measured loops ran; if asked
 *                    counter KIND VALUE NAME      KIND is a vb_kind
 *                    end
 *   forget:          end                          drops the latencies recorded so far
 *   latency:         bucket LOWEST_NS COUNT       all threads, since forget; no empty buckets
 *                    range MIN_NS MAX_NS SUM_NS   left out, like the buckets, without latencies
 *                    end
 *   memory:          peak BYTES                   resident, of the process up to now
 *                    end
 *   quit:            end                          runs teardown, then exits
 *
 * The end of the stream is quit without an answer.
 */
#ifndef VBENCH_PROTOCOL_H
#define VBENCH_PROTOCOL_H

enum {
    VB_PROTOCOL_VERSION = 2,
    /* Of vbench/vbench.h, not of the protocol: it counts up when a suite's object of before can no
     * longer be linked with the libvbench of after. Objects that were archived are. */
    VB_API_VERSION = 1,
    VB_LINE_MAX = 4096, /* bytes of a line with its newline */
};

#define VB_WORKER_FLAG "--vbench-worker="

#endif
