import TidingsTesting

/// One way in which a machine came back after its power went, and what its bus had promised before.
struct PowerCut: Sendable {
    /// When it happened, and what survived.
    let name: String
    let survivor: SimulatedFileSystem
    let promises: Promises

    static func survivals(_ boundary: Int) -> [SimulatedFileSystem.Survival] {
        let seed = UInt64(boundary) * 16
        return [
            .nothing, .everything, .prefix(fraction: 0.34), .prefix(fraction: 0.67), .random(seed: seed + 1),
            .random(seed: seed + 2), .torn(seed: seed + 3), .torn(seed: seed + 4),
        ]
    }
}

extension [PowerCut] {
    /// Opens each survivor, on two threads that are not those of the other tests, and says what is wrong with them.
    func defects() async -> [String] {
        func run(_ half: Int) -> Task<[String], Never> {
            Task(executorPreference: QueueExecutor("power cuts \(half)")) {
                var defects: [String] = []
                for (index, cut) in enumerated() where index % 2 == half {
                    if let defect = await PowerCutVerdict(promises: cut.promises).defect(cut.survivor) {
                        defects.append("\(cut.name): \(defect)")
                    }
                }
                return defects
            }
        }
        let halves = [run(0), run(1)]
        return await halves[0].value + halves[1].value
    }
}
