import Tidings
import TidingsRouting

extension BusConformance {
    static let publishingChecks = [
        Check("publish names each event and gives rising sequences") { bench in
            let consumer = try await bench.join("group")
            let events = (1...3).map { bench.event($0) }
            let first = try await bench.bus.publish(events)
            let second = try await bench.publish([4])
            try bench.expect(first.map(\.id), is: events.map(\.id), "the ids that publish returns")
            let sequences = (first + second).map(\.sequence)
            let isRising = zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }
            try bench.expect(isRising || sequences == [0, 0, 0, 0], "sequences rise or are all 0: \(sequences)")
            try bench.expect(try await bench.drain(4, from: consumer).sorted(), is: [1, 2, 3, 4], "what arrives")
        },
        Check("an event arrives as it was published") { bench in
            let consumer = try await bench.join("group")
            var event = bench.event(1, key: "order 7")
            event.dataContentType = "application/json"
            event.correlationID = "correlation"
            event.causationID = "cause"
            event.trace = TraceContext(parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state: "a=b")
            event.extensions = ["partitionkey": "7", "attribute": "äöü"]
            event.data = EventBytes(#"{ "name" : "Zoë", "n": 1.50 }"#)
            try await bench.bus.publish([event])
            let delivery = try await bench.take(1, from: consumer)[0]
            try bench.expect(delivery.event, is: event, "the event")
            try bench.expect(delivery.attempt, is: 1, "the attempt")
        },
        Check("an event of another tool arrives as it came, and patterns see it so") { bench in
            let pattern = #"""
                {"priority":[{"numeric":[">",5]}],"sampled":[true],"note":[""],"replay-name":[{"exists":true}],
                "time":["2026-03-02T05:05:06.500+01:00"],"resources":["thing/b"],"data":{"state":["on"]}}
                """#
            let consumer = try await bench.join("group", EventPattern(json: pattern))
            let event = try Envelope(
                json: EventBytes(
                    #"""
                    {"id":"1","source":"/things","detail-type":"Things Changed","time":"2026-03-02T05:05:06.500+01:00",
                    "priority":7,"sampled":true,"note":"","replay-name":"march","resources":["thing/a",
                    "thing/b"],"datacontenttype":"text/json ; charset=utf-8","data_base64":"eyJzdGF0ZSI6Im9uIn0="}
                    """#))
            try await bench.bus.publish([event])
            let arrived = try await bench.take(1, from: consumer)[0].event
            try bench.expect(arrived, is: event, "the event")
            try bench.expect(arrived.json.text, is: event.json.text, "the event as JSON")
        },
        Check("an empty batch publishes nothing") { bench in
            let consumer = try await bench.join("group")
            try bench.expect(try await bench.bus.publish([]).count, is: 0, "what an empty batch returns")
            try await bench.expectNothing(for: consumer, "nothing was published")
        },
        Check("data that is not the JSON it says it is is refused, and the batch with it") { bench in
            let consumer = try await bench.join("group")
            let bus = bench.bus
            var broken = bench.event(2)
            broken.data = EventBytes("{")
            let batch = [bench.event(1), broken]
            try await bench.expect(.invalid, from: "publishing data that ends too early") {
                try await bus.publish(batch)
            }
            try await bench.expectNothing(for: consumer, "the batch was refused")
        },
        Check("a batch that is too large is refused whole") { bench in
            let consumer = try await bench.join("group")
            let bus = bench.bus
            let many = (0...10_000).map { bench.event($0) }
            try await bench.expect(.invalid, from: "publishing 10,001 events") { try await bus.publish(many) }
            var large = bench.event(2)
            large.data = EventBytes([UInt8](repeating: UInt8(ascii: "1"), count: 17 << 20))
            let batch = [bench.event(1), large]
            try await bench.expect(.invalid, from: "publishing 17 MiB") { try await bus.publish(batch) }
            try await bench.expectNothing(for: consumer, "both batches were refused")
        },
        Check("a batch of 10,000 events arrives whole") { bench in
            let consumer = try await bench.join("group")
            try await bench.publish(1...10_000)
            let numbers = try await bench.drain(10_000, from: consumer, batch: 1000)
            try bench.expect(Set(numbers) == Set(1...10_000), "the batch arrives whole")
        },
    ]
}
