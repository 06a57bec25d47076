import TidingsRouting

/// Measures on one set of events; between any two measurements of matching a plain scan of the same bytes is measured,
/// so that what else the machine does shows.
struct Bench {
    let parcels: ParcelGenerator.Parcels
    let runs: Int

    func printHeading() {
        let count = parcels.bounds.count - 1
        print("\(count) events, \(parcels.bytes.count) bytes, \(parcels.bytes.count / count) each; median of \(runs)")
        print("k/s: thousands of events a second, the events validated before; checked k/s: validated while matched.")
        print("scan: a plain loop that counts line ends in the same bytes, in the same run; ratio: GB/s matched to it.")
        print("")
        print(cells("rules", ["k/s", "goal", "checked k/s", "GB/s", "scan GB/s", "ratio", "matches"]))
    }

    /// - Returns: Whether every rule matched as many events as it must.
    func measure(_ set: RuleSet) throws -> Bool {
        var router = PatternRouter<Int>()
        for (id, pattern) in try set.patterns().enumerated() { router.insert(pattern, for: id) }
        let matches = try measure("\(set.name)", goal: set.goal, router, rules: set.rules.count)
        var isRight = true
        for (rule, found) in zip(set.rules, matches) where rule.matches != found {
            print("  WRONG: \(rule.pattern) matched \(found) events and not \(rule.matches)")
            isRight = false
        }
        return isRight
    }

    /// - Returns: Whether there were as many matches as there must be.
    func measure(_ family: RuleFamily, count: Int) throws -> Bool {
        var router = PatternRouter<Int>()
        for id in 0..<count { router.insert(try EventPattern(json: family.pattern(id)), for: id) }
        let matches = try measure(
            "\(family.name) x \(count)", goal: family.goals[count] ?? 0, router, rules: count)
        if let expected = family.total(count, parcels), expected != matches.reduce(0, +) {
            print("  WRONG: \(matches.reduce(0, +)) matches and not \(expected)")
            return false
        }
        return true
    }

    private func measure(_ name: String, goal: Int, _ router: PatternRouter<Int>, rules: Int) throws -> [Int] {
        var trusted: [Double] = []
        var checked: [Double] = []
        var scanned: [Double] = []
        var matches: [Int] = []
        for _ in 0..<runs {
            scanned.append(seconds { _ = lineEnds() })
            trusted.append(try seconds { matches = try match(router, rules: rules, validated: true) })
            checked.append(try seconds { matches = try match(router, rules: rules, validated: false) })
        }
        let bytes = Double(parcels.bytes.count) / 1e9
        let events = Double(parcels.bounds.count - 1) / 1e3
        let speed = bytes / median(trusted)
        let scan = bytes / median(scanned)
        print(
            cells(
                name,
                [
                    "\(Int(events / median(trusted)))", goal == 0 ? "-" : "\(goal)", "\(Int(events / median(checked)))",
                    rounded(speed), rounded(scan), rounded(speed / scan), "\(matches.reduce(0, +))",
                ]))
        return matches
    }

    private func match(_ router: PatternRouter<Int>, rules: Int, validated: Bool) throws -> [Int] {
        var matches = [Int](repeating: 0, count: rules)
        try parcels.bytes.withUnsafeBytes { bytes in
            for event in 0..<parcels.bounds.count - 1 {
                let text = UnsafeRawBufferPointer(rebasing: bytes[parcels.bounds[event]..<parcels.bounds[event + 1]])
                for id in try router.matches(text.bytes, validated: validated) { matches[id] += 1 }
            }
        }
        return matches
    }

    /// - Returns: Whether every event was taken for one.
    func measureScanning() -> Bool {
        var plain: [Double] = []
        var validating: [Double] = []
        var isRight = true
        for _ in 0..<runs {
            plain.append(seconds { _ = lineEnds() })
            validating.append(seconds { isRight = validateAll() && isRight })
        }
        let bytes = Double(parcels.bytes.count) / 1e9
        print("")
        print(
            "plain scan \(rounded(bytes / median(plain))) GB/s, validation \(rounded(bytes / median(validating))) GB/s")
        return isRight
    }

    private func validateAll() -> Bool {
        var isRight = true
        parcels.bytes.withUnsafeBytes { bytes in
            for event in 0..<parcels.bounds.count - 1 {
                let text = UnsafeRawBufferPointer(rebasing: bytes[parcels.bounds[event]..<parcels.bounds[event + 1]])
                do {
                    try JSON.validate(text.bytes)
                } catch {
                    print("  WRONG: event \(event): \(error)")
                    isRight = false
                }
            }
        }
        return isRight
    }

    @inline(never)
    private func lineEnds() -> Int {
        var count = 0
        for byte in parcels.bytes where byte == UInt8(ascii: "\n") { count += 1 }
        return count
    }
}

/// How long the body takes, in seconds.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func rounded(_ value: Double) -> String { String((value * 100).rounded() / 100) }

/// A line of a table.
func cells(_ name: String, _ values: [String]) -> String {
    func filled(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(width - text.count, 0)) }
    return name + filled(name, 30) + values.map { filled($0, 12) + $0 }.joined()
}
