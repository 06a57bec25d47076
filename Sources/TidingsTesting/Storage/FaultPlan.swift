/// The calls that are to fail.
struct FaultPlan: Sendable {
    /// Calls of a kind, on paths that end in one way, that will fail.
    struct Fault: Sendable {
        let operation: SimulatedFileSystem.Operation
        let suffix: String
        /// How many calls that meet it go well first.
        var skipped: Int
        /// How many calls then fail.
        var remaining: Int
        let failure: SimulatedFileSystem.Failure
    }

    private var faults: [Fault] = []
    /// The errors with which each call fails before it works.
    var stutter: [Int32] = []
    /// How often a call has failed in this way, by what it does to which path.
    private var stuttered: [String: Int] = [:]

    mutating func add(_ fault: Fault) {
        if fault.remaining > 0 { faults.append(fault) }
    }

    mutating func removeAll() {
        faults = []
        stutter = []
        stuttered = [:]
    }

    private mutating func stutter(
        _ operation: SimulatedFileSystem.Operation, _ path: String
    ) -> SimulatedFileSystem.Failure? {
        let call = "\(operation) \(path)"
        let errors = operation.isSync ? stutter.filter(SimulatedFileSystem.leavesSyncsAlone) : stutter
        let count = stuttered[call, default: 0]
        stuttered[call] = count < errors.count ? count + 1 : nil
        return count < errors.count ? .error(errors[count]) : nil
    }

    /// How this call fails, if it does, by the first fault that it meets.
    mutating func failure(
        of operation: SimulatedFileSystem.Operation, _ path: String
    ) -> SimulatedFileSystem.Failure? {
        if !stutter.isEmpty, let failure = stutter(operation, path) { return failure }
        guard let index = faults.firstIndex(where: { $0.operation == operation && path.hasSuffix($0.suffix) }) else {
            return nil
        }
        if faults[index].skipped > 0 {
            faults[index].skipped -= 1
            return nil
        }
        faults[index].remaining -= 1
        return faults[index].remaining > 0 ? faults[index].failure : faults.remove(at: index).failure
    }
}
