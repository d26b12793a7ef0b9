import GRDB

extension StoreSchema {
    /// Version 5: finds the few events that are about a slave among the many that are about atoms.
    static let indexSlaveEvents: Migration = { db in
        try db.execute(
            sql: """
                CREATE INDEX events_of_slave ON events (json_extract(data, '$.slave_id'), id)
                WHERE tag IN (
                    'SLAVE_CONNECTED', 'SLAVE_LOST', 'SLAVE_QUARANTINED', 'SLAVE_SHUTDOWN', 'BUILD_SETUP_START',
                    'BUILD_SETUP_FINISH'
                )
                """
        )
    }
}
