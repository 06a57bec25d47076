import Testing
import Tidings

@Suite(.timeLimit(.minutes(1))) struct SuspectGateTests {
    /// Begins a body in the gate and says when it is inside; it stays until it is told to leave.
    private struct Visitor {
        let inside = Dial()
        let leave = Signal()

        func pass(_ gate: SuspectGate) -> Task<Void, Never> {
            Task { await gate.pass { await stay() } }
        }

        func alone(_ gate: SuspectGate) -> Task<Void, Never> {
            Task { await gate.alone { await stay() } }
        }

        private func stay() async {
            inside.turn()
            try? await leave.wait()
        }

        func waitUntilInside() async {
            while inside.value == 0 { await Task.yield() }
        }
    }

    @Test func `many pass side by side`() async {
        let gate = SuspectGate()
        let (first, second) = (Visitor(), Visitor())
        let tasks = [first.pass(gate), second.pass(gate)]
        await first.waitUntilInside()
        await second.waitUntilInside()
        first.leave.signal()
        second.leave.signal()
        for task in tasks { await task.value }
    }

    @Test func `who is alone waits for those inside, and those who come later wait for it`() async {
        let gate = SuspectGate()
        let (first, suspect, later) = (Visitor(), Visitor(), Visitor())
        let passing = first.pass(gate)
        await first.waitUntilInside()
        let alone = suspect.alone(gate)
        for _ in 0..<100 { await Task.yield() }
        #expect(suspect.inside.value == 0)
        let waiting = later.pass(gate)
        for _ in 0..<100 { await Task.yield() }
        #expect(later.inside.value == 0)
        first.leave.signal()
        await suspect.waitUntilInside()
        for _ in 0..<100 { await Task.yield() }
        #expect(later.inside.value == 0)
        suspect.leave.signal()
        await later.waitUntilInside()
        later.leave.signal()
        for task in [passing, alone, waiting] { await task.value }
    }

    @Test func `those who want to be alone and the others take turns`() async {
        let gate = SuspectGate()
        let (suspects, others) = ((0..<3).map { _ in Visitor() }, Visitor())
        var tasks: [Task<Void, Never>] = [suspects[0].alone(gate)]
        await suspects[0].waitUntilInside()
        tasks += [suspects[1].alone(gate), suspects[2].alone(gate), others.pass(gate)]
        for _ in 0..<100 { await Task.yield() }
        suspects[0].leave.signal()
        await others.waitUntilInside()
        #expect(suspects[1].inside.value + suspects[2].inside.value == 0)
        others.leave.signal()
        for suspect in suspects[1...] { suspect.leave.signal() }
        for task in tasks { await task.value }
        #expect(suspects.map(\.inside.value) == [1, 1, 1])
    }

    @Test func `nobody enters beside one who is alone`() async {
        let gate = SuspectGate()
        let (suspect, later) = (Visitor(), Visitor())
        let alone = suspect.alone(gate)
        await suspect.waitUntilInside()
        let waiting = later.pass(gate)
        for _ in 0..<100 { await Task.yield() }
        #expect(later.inside.value == 0)
        suspect.leave.signal()
        await later.waitUntilInside()
        later.leave.signal()
        for task in [alone, waiting] { await task.value }
    }

    @Test func `who is alone waits for the last of those inside`() async {
        let gate = SuspectGate()
        let (first, second, suspect) = (Visitor(), Visitor(), Visitor())
        let passing = [first.pass(gate), second.pass(gate)]
        await first.waitUntilInside()
        await second.waitUntilInside()
        let alone = suspect.alone(gate)
        for _ in 0..<100 { await Task.yield() }
        first.leave.signal()
        await passing[0].value
        for _ in 0..<100 { await Task.yield() }
        #expect(suspect.inside.value == 0)
        second.leave.signal()
        await suspect.waitUntilInside()
        suspect.leave.signal()
        for task in passing + [alone] { await task.value }
    }
}
