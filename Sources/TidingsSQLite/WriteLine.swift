import Synchronization
import Tidings

/// The transactions that wait for the writer: those of the platform before those of requests.
///
/// The line of the platform has no limit, for its loops make only a few at a time. That of requests has one.
final class WriteLine: Sendable {
    private struct State {
        var platform: [any WriteJob] = []
        var requests: [any WriteJob] = []
        var isDraining = false
    }

    private let state = Mutex(State())
    private let requestLimit: Int

    init(requestLimit: Int) {
        self.requestLimit = requestLimit
    }

    var count: Int { state.withLock { $0.platform.count + $0.requests.count } }

    /// Lets a transaction wait.
    /// - Returns: whether the line is to be drained now: nobody does.
    func append(_ job: any WriteJob, of origin: TransactionOrigin) throws(TidingsError) -> Bool {
        let (isFull, starts) = state.withLock { state in
            switch origin {
            case .platform: state.platform.append(job)
            case .request:
                guard state.requests.count < requestLimit else { return (true, false) }
                state.requests.append(job)
            }
            defer { state.isDraining = true }
            return (false, !state.isDraining)
        }
        if isFull { throw TidingsError(.overloaded, "\(requestLimit) transactions of requests wait for the database") }
        return starts
    }

    /// Takes those that share the next commit; none ends the draining.
    func next(_ limit: Int) -> [any WriteJob] {
        state.withLock { state in
            var jobs = Array(state.platform.prefix(limit))
            state.platform.removeFirst(jobs.count)
            let requests = state.requests.prefix(limit - jobs.count)
            jobs += requests
            state.requests.removeFirst(requests.count)
            state.isDraining = !jobs.isEmpty
            return jobs
        }
    }

    /// Takes all requests out of the line.
    func removeRequests() -> [any WriteJob] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    /// Takes one transaction out of the line, if it still stands there.
    func remove(_ job: any WriteJob) {
        state.withLock { state in state.requests.removeAll { $0 === job } }
    }
}
