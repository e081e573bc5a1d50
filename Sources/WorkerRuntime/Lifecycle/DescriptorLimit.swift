import Glibc

/// How many files and connections this process may have open, against what its lanes need: a worker that runs out of
/// them half-way would wait for brokers and stores that are there.
struct DescriptorLimit: Equatable {
    /// What the process may have open now, and what it may allow itself.
    var soft: UInt64
    var hard: UInt64

    /// Without this a worker with one broker does not get through its start.
    let least: UInt64
    /// Enough for as many brokers as are known before any has answered, at least three, and for what comes and goes.
    let ample: UInt64

    /// - Parameters:
    ///   - lanes: of all plugins together.
    ///   - brokers: that the configuration names.
    init(lanes: Int, brokers: Int, soft: UInt64, hard: UInt64) {
        self.soft = soft
        self.hard = hard
        func need(_ brokers: Int) -> UInt64 {
            // A lane has its store's files, readers beside them, a mail being written; a consumer and a producer with a
            // connection and a pipe to each broker, and the consumer the same to its coordinator.
            UInt64(max(1, lanes) * (9 + 6 * max(1, brokers)) + 16)
        }
        least = need(1)
        ample = need(max(3, brokers)) + 16
    }

    /// The limits of this process; nil where the system does not say.
    static func current(lanes: Int, brokers: Int) -> DescriptorLimit? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return DescriptorLimit(
            lanes: lanes, brokers: brokers, soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
    }

    /// What the soft limit has to become, as far as the hard one lets it; nil where it is ample.
    var raised: UInt64? { soft < ample && soft < hard ? min(ample, hard) : nil }

    /// Raises the soft limit where that is needed.
    ///
    /// - Throws: where even that is too little, with what to do.
    /// - Returns: a warning where it is little.
    mutating func ensure() throws(WorkerFailure) -> String? {
        if let raised {
            var limit = rlimit(rlim_cur: rlim_t(raised), rlim_max: rlim_t(hard))
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { soft = raised }
        }
        let advice = "raise the limit on open files (ulimit -n, LimitNOFILE= of the service)"
        if soft < least {
            throw WorkerFailure(
                .systemLimits,
                "this process may open \(soft) files and connections at a time, and needs at least \(least), better "
                    + "\(ample): \(advice)")
        }
        guard soft < ample else { return nil }
        return "this process may open \(soft) files and connections at a time; with several brokers it needs up to "
            + "\(ample): \(advice)"
    }
}
