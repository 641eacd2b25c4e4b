"""What leaves the program: tables, JSON, HTML, pictures, DICOM objects."""
