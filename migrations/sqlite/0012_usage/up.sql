-- Usage: bookings by the time they begin, whatever car they are of.
CREATE INDEX booking_by_start ON booking (start_at, id);
