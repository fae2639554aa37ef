-- Users, groups, roles, tenants, mapping rules, authorizations. `document`: JSON.
CREATE TABLE identity (
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- Who is a member of what. What belongs to somebody (an authorization) holds him as its only member.
CREATE TABLE identity_member (
    holder_kind TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    member_kind TEXT COLLATE "C" NOT NULL,
    member TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (holder_kind, holder, member_kind, member)
);
CREATE INDEX identity_member_of ON identity_member (member_kind, member);

-- Changes so far; each writes this row first, so they come one after the other.
CREATE TABLE identity_version (version BIGINT NOT NULL);
INSERT INTO identity_version VALUES (0);

INSERT INTO identity
    SELECT 'user', name, json_build_object('name', display_name, 'email', email, 'passwordHash', password_hash)::text
    FROM users;
INSERT INTO identity
    SELECT DISTINCT 'group', g, json_build_object('name', g)::text FROM users, json_array_elements_text(groups::json) g;
INSERT INTO identity_member SELECT DISTINCT 'group', g, 'user', name FROM users, json_array_elements_text(groups::json) g;
DROP TABLE users;
