import Testing
import TidingsTesting

/// A disk that refuses a call, and the power that goes after it.
@Suite(.timeLimit(.minutes(10))) struct BrokerPowerCutFaultTests {
    private struct Report: Sendable {
        var struck: [String: Int] = [:]
        var cutCount = 0
        var defects: [String] = []
    }

    /// Runs the script with each fault, on two threads that are not those of the other tests.
    private func sweep(_ faults: [DiskFault], isCacheKept: Bool = false) async throws -> Report {
        try await withThrowingTaskGroup { group in
            for half in 0..<2 {
                group.addTask(executorPreference: QueueExecutor("faults \(half)")) {
                    var report = Report()
                    for (index, fault) in faults.enumerated() where index % 2 == half {
                        try Task.checkCancellation()
                        let run = FaultedRun(fault, isCacheKept: isCacheKept)
                        let outcome = await run.run()
                        if run.isStruck { report.struck[fault.cell, default: 0] += 1 }
                        report.cutCount += outcome.cuts.count
                        report.defects += outcome.defects
                        for cut in outcome.cuts {
                            guard let defect = await PowerCutVerdict(promises: cut.promises).defect(cut.survivor) else {
                                continue
                            }
                            report.defects.append("\(cut.name): \(defect)")
                        }
                    }
                    return report
                }
            }
            return try await group.reduce(into: Report()) { sum, part in
                sum.struck.merge(part.struck, uniquingKeysWith: +)
                sum.cutCount += part.cutCount
                sum.defects += part.defects
            }
        }
    }

    private func tell(_ report: Report, of faults: [DiskFault], _ what: String) {
        print(
            "\(what): \(faults.count) cases, \(report.struck.values.reduce(0, +)) struck, \(report.cutCount) power cuts, "
                + "\(report.defects.count) defects")
        for (cell, count) in report.struck.sorted(by: { $0.key < $1.key }) { print("  \(cell): struck in \(count)") }
    }

    private func expectNoDefects(_ report: Report) {
        #expect(
            report.defects.isEmpty,
            "\(report.defects.count) defects, such as:\n\(report.defects.prefix(20).joined(separator: "\n"))")
    }

    @Test func `no refusal of the disk, with a power cut after it, breaks a promise of the bus`() async throws {
        let faults = DiskFault.table
        let report = try await sweep(faults)
        tell(report, of: faults, "faults of the broker's disk")
        expectNoDefects(report)
        #expect(Set(report.struck.keys) == Set(faults.map(\.cell)).subtracting(DiskFault.impossible))
    }

    @Test func `what a failed sync of a segment lost is not told by the next process`() async throws {
        let faults = DiskFault.segmentSyncs
        let report = try await sweep(faults)
        tell(report, of: faults, "failed syncs of segments")
        expectNoDefects(report)
        // How many there are depends on which records share one.
        #expect(report.struck.values.reduce(0, +) >= 25)
    }

    @Test func `a recovery that reads what a failed sync left in memory is found out`() async throws {
        let faults = DiskFault.segmentSyncs
        let report = try await sweep(faults, isCacheKept: true)
        tell(report, of: faults, "failed syncs of segments, whose pages stay in memory")
        #expect(!report.defects.isEmpty)
    }
}
