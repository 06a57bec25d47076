import Testing
import Tidings

@Suite struct EventTypeTests {
    @Test(arguments: [
        ("order.created.v1", "order.created", 1),
        ("order.created.v12", "order.created", 12),
        ("order.created", "order.created", 1),
        ("order", "order", 1),
        ("", "", 1),
        ("v2", "v2", 1),
        (".v2", "", 2),
        ("order.v", "order.v", 1),
        ("order.v0", "order.v0", 1),
        ("order.v-1", "order.v-1", 1),
        ("order.v+1", "order.v+1", 1),
        ("order.v1a", "order.v1a", 1),
        ("order.V2", "order.V2", 1),
        ("order.v2.", "order.v2.", 1),
        ("order.v2.created", "order.v2.created", 1),
        ("order.v99999999999999999999", "order.v99999999999999999999", 1),
        ("bestellung.größe.v3", "bestellung.größe", 3),
    ])
    func `a type has a name and a version`(_ text: String, name: String, version: Int) {
        let type = EventType(rawValue: text)
        #expect(type.name == name)
        #expect(type.version == version)
        #expect(type.description == text)
    }
}
