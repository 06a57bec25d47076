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

    mutating func add(_ fault: Fault) {
        if fault.remaining > 0 { faults.append(fault) }
    }

    mutating func removeAll() { faults = [] }

    /// How this call fails, if it does, by the first fault that it meets.
    mutating func failure(
        of operation: SimulatedFileSystem.Operation, _ path: String
    ) -> SimulatedFileSystem.Failure? {
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
