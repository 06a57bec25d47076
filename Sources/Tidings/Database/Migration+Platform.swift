extension Migration {
    /// The tables that the platform keeps in every service's database; each is defined by the type that owns it. Times
    /// are microseconds since 1970.
    static let platform: [Migration] = [
        Migration("tidings-1") { engine in
            Outbox.schema(on: engine) + ScheduledEvents.schema(on: engine) + Lease.schema(on: engine)
                + Inbox.schema(on: engine) + ParkedEvents.schema(on: engine) + EffectOutcomes.schema(on: engine)
                + SagaInstances.schema(on: engine) + RunningTime.schema(on: engine)
        }
    ]
}
