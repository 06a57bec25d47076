import Testing
import Tidings
import TidingsTesting

@Suite struct EventIDTests {
    @Test func `identifiers are unique and rise with time`() {
        let clock = ManualClock()
        let environment = RuntimeEnvironment.seeded(1, clock: clock)
        var identifiers: [String] = []
        for number in 0..<100_000 {
            identifiers.append(environment.makeID().rawValue)
            // More than a millisecond can count, and times at which it begins anew.
            if number % 10_000 == 0 { clock.advance(by: .milliseconds(1)) }
        }
        #expect(Set(identifiers).count == 100_000)
        #expect(identifiers == identifiers.sorted())
    }

    @Test func `identifiers go on rising when the clock goes back`() {
        let time = SettableTime()
        let environment = RuntimeEnvironment(time: time) { 0 }
        let before = environment.makeID().rawValue
        time.set(Timestamp(seconds: 5))
        #expect(environment.makeID().rawValue > before)
    }

    @Test func `identifiers are UUIDs of version 7 with the time in front`() throws {
        let clock = ManualClock(now: Timestamp(microseconds: 0x0123_4567_89AB * 1000))
        let identifier = RuntimeEnvironment.seeded(7, clock: clock).makeID().rawValue
        #expect(identifier.hasPrefix("01234567-89ab-7000-"))
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(try form.wholeMatch(in: identifier) != nil)
    }

    @Test func `identifiers made by many tasks at once are unique`() async {
        let environment = RuntimeEnvironment.seeded(2)
        let identifiers = await withTaskGroup(of: [EventID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5000).map { _ in environment.makeID() } } }
            return await group.reduce(into: Set<EventID>()) { $0.formUnion($1) }
        }
        #expect(identifiers.count == 40_000)
    }

    @Test func `the same seed gives the same identifiers and numbers, another seed others`() {
        func draw(_ seed: UInt64) -> [String] {
            let environment = RuntimeEnvironment.seeded(seed)
            return (0..<5).map { _ in "\(environment.makeID()) \(environment.random())" }
        }
        #expect(draw(3) == draw(3))
        #expect(draw(3) != draw(4))
    }

    @Test func `random numbers lie between zero and one`() {
        let environment = RuntimeEnvironment.seeded(5)
        let numbers = (0..<10_000).map { _ in environment.random() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect((0.45..<0.55).contains(numbers.reduce(0, +) / 10_000))
    }
}
