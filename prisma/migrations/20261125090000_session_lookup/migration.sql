-- Whose session this is; null for one that is not there or over. Names the office for its own statement only: called
-- outside a transaction it leaves the connection without one, and row level security holds for it as for everybody.
CREATE FUNCTION session_user_of(office TEXT, token TEXT) RETURNS TEXT LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('app.office', office, true);
  RETURN (SELECT user_id FROM session WHERE office_id = office AND token_hash = token AND expires_at > clock_timestamp());
END
$$;
