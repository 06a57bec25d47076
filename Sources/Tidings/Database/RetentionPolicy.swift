/// For how long a service's database remembers what is over.
///
/// The times are running time: they pass while services run on the database, and no clock that is set moves them. What is
/// due goes soon after, up to a 64th of its time later.
public struct RetentionPolicy: Sendable, Hashable {
    /// How long the inbox remembers what consumers have handled, and the outcomes of effects are kept: 14 days. It is at
    /// least ``EventBus/retention``. What a group that runs has not acknowledged yet keeps the inbox for longer, and a
    /// parked event its outcome.
    public var inbox: Duration
    /// How long events are kept that came before the saga that they are for was started: 7 days after the last of them.
    /// Then each is a dead letter.
    public var earlySagas: Duration
    /// How long a saga is kept that has completed, failed or was compensated, after its last change: 90 days. It is not
    /// shorter than that of the inbox, so that no event of the past starts the saga again.
    public var finishedSagas: Duration
    /// How long a dead letter is kept after its last failure: 90 days. Then it is removed.
    public var deadLetters: Duration

    /// Makes a policy; each time is at least a second.
    public init(
        inbox: Duration = .seconds(14 * 86_400), earlySagas: Duration = .seconds(7 * 86_400),
        finishedSagas: Duration = .seconds(90 * 86_400), deadLetters: Duration = .seconds(90 * 86_400)
    ) {
        self.inbox = inbox
        self.earlySagas = earlySagas
        self.finishedSagas = finishedSagas
        self.deadLetters = deadLetters
    }

    /// - Throws: ``TidingsError`` with code `misconfigured`, naming the option, its value and what would be right.
    func check(for service: String) throws(TidingsError) {
        func require(_ isRight: Bool, _ option: String, _ value: Duration, _ right: String) throws(TidingsError) {
            if isRight { return }
            throw TidingsError(.misconfigured, "retention.\(option) of \(service) is \(value); it must be \(right)")
        }
        try require(inbox >= .seconds(1), "inbox", inbox, "at least a second")
        try require(earlySagas >= .seconds(1), "earlySagas", earlySagas, "at least a second")
        try require(
            finishedSagas >= inbox, "finishedSagas", finishedSagas,
            "at least \(inbox), as long as that of the inbox")
        try require(deadLetters >= .seconds(1), "deadLetters", deadLetters, "at least a second")
    }

    /// - Throws: ``TidingsError`` with code `misconfigured` if a bus may deliver what the inbox does not remember.
    func check(for service: String, on bus: any EventBus) throws(TidingsError) {
        guard let kept = bus.retention, inbox < kept else { return }
        throw TidingsError(
            .misconfigured,
            """
            retention.inbox of \(service) is \(inbox); it must be at least \(kept), because \(type(of: bus)) may \
            deliver events for so long
            """)
    }
}
