"""Small files of the formats of OpenAI's and DeepMind's, and a server to fetch them from by way of BEATGANS_MIRROR."""
