// Imported before any module of src: with pictures of up to 20 MB there is room for eight concurrent uploads.
process.env.UPLOAD_MAX_MB = "20";
