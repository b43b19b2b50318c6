CREATE TRIGGER entries_counts_settle AFTER UPDATE OF open ON entries WHEN NEW.open = 0 BEGIN
    UPDATE counts SET
        files = files - 1,
        rows_loaded = rows_loaded - OLD.rows_loaded,
        rows_rejected = rows_rejected - OLD.rows_rejected,
        bytes = bytes - OLD.bytes
    WHERE OLD.open = 0 AND dataset = OLD.dataset AND state = OLD.state;
    INSERT INTO counts VALUES (NEW.dataset, NEW.state, 1, NEW.rows_loaded, NEW.rows_rejected, NEW.bytes)
    ON CONFLICT (dataset, state) DO UPDATE SET
        files = files + 1,
        rows_loaded = rows_loaded + excluded.rows_loaded,
        rows_rejected = rows_rejected + excluded.rows_rejected,
        bytes = bytes + excluded.bytes;
END;

CREATE TABLE counts (
    dataset NOT NULL,
    state INTEGER NOT NULL,
    files INTEGER NOT NULL,
    rows_loaded INTEGER NOT NULL,
    rows_rejected INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (dataset, state)
) WITHOUT ROWID;

CREATE TABLE entries (
    key INTEGER PRIMARY KEY,
    path NOT NULL,
    name NOT NULL,
    dataset NOT NULL,
    bytes INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 10),
    after_load INTEGER NOT NULL CHECK (after_load IN (0, 1)),
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    attempts INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    rows_loaded INTEGER NOT NULL DEFAULT 0,
    rows_rejected INTEGER NOT NULL DEFAULT 0,
    duplicate_of INTEGER,
    seen_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    owner TEXT,
    content BLOB CHECK (length(content) = 32),
    file_id BLOB CHECK (length(file_id) = 16),
    moved_to,
    "plan" TEXT,
    partitions TEXT,
    receipt TEXT,
    problem TEXT
);

CREATE TABLE receipts (
    key INTEGER PRIMARY KEY,
    receipt TEXT NOT NULL
);

CREATE UNIQUE INDEX entries_content ON entries (content, dataset, generation) WHERE state IN (2, 3, 4, 5, 9);

CREATE INDEX entries_dataset ON entries (dataset);

CREATE INDEX entries_dataset_state ON entries (dataset, state) WHERE open = 0;

CREATE INDEX entries_file_id ON entries (file_id) WHERE file_id IS NOT NULL;

CREATE INDEX entries_moved_to ON entries (moved_to) WHERE moved_to IS NOT NULL;

CREATE INDEX entries_name ON entries (name);

CREATE UNIQUE INDEX entries_open ON entries (path) WHERE open = 1;

CREATE INDEX entries_path ON entries (path);

CREATE INDEX entries_state ON entries (state) WHERE open = 0;

CREATE INDEX entries_unsettled ON entries (key) WHERE open = 1;
PRAGMA user_version = 2;
