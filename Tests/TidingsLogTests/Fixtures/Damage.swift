import Foundation

/// One place at which a file of the log is damaged.
struct Damage: Sendable {
    let segment: UInt64
    let offset: Int

    enum Verdict: Sendable {
        case harmless
        case cut
        case refused
        case defect(String)
    }

    /// What came of many.
    struct Tally: CustomStringConvertible, Sendable {
        private(set) var harmless = 0
        private(set) var cut = 0
        private(set) var refused = 0
        private(set) var defects: [String] = []

        var caseCount: Int { harmless + cut + refused + defects.count }
        var examples: String { defects.prefix(20).joined(separator: "\n") }

        var description: String {
            "\(harmless) without harm, \(cut) cut, \(refused) refused, \(defects.count) defects"
        }

        mutating func count(_ verdict: Verdict, of damage: Damage) {
            switch verdict {
            case .harmless: harmless += 1
            case .cut: cut += 1
            case .refused: refused += 1
            case .defect(let problem): defects.append("segment \(damage.segment) at \(damage.offset): \(problem)")
            }
        }
    }
}

extension [Damage] {
    /// Judges all, on a thread of its own, so that what takes long does not keep the cooperative pool from other tests.
    func tally(_ judge: @escaping @Sendable (Damage) -> Damage.Verdict) async -> Damage.Tally {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var tally = Damage.Tally()
                for damage in self { tally.count(judge(damage), of: damage) }
                continuation.resume(returning: tally)
            }
        }
    }
}
